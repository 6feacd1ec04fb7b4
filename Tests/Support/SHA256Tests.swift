import Foundation
import Support
import Testing

/// FIPS 180-4 as checked by NIST's example values, and by how the bytes may arrive.
@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestsOfNISTsMessages(_ message: String, _ digest: String) {
    #expect(SHA256.hexadecimal(of: message.utf8) == digest)
  }

  @Test func digestOfAMillionAs() {
    let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(SHA256.hexadecimal(of: repeatElement(UInt8(ascii: "a"), count: 1_000_000)) == digest)
  }

  @Test func doesNotDependOnTheSizeOfThePieces() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for size in [1, 55, 56, 63, 64, 65, 119, 300] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.update(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(hash.hexadecimal() == SHA256.hexadecimal(of: bytes), "pieces of \(size)")
    }
  }

  @Test func digestOfAFileIsThatOfItsBytes() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "sha256-\(UUID())")
    defer { try? FileManager.default.removeItem(at: url) }
    let bytes = [UInt8](repeating: 3, count: 2_500_001)
    try Data(bytes).write(to: url)
    #expect(try SHA256.hexadecimal(ofFileAt: url) == SHA256.hexadecimal(of: bytes))
  }
}
