import Foundation
import Pictures
import Support
import TestSupport
import Testing

/// Headers that claim too much.
@Suite struct ImageHeaderTests {
  /// Of some bytes that claim to be rows of gigabytes only the header is read.
  @Test func aHeaderTakesNoMemoryForItsRows() throws {
    let whole = try ImageFixtures.bytes("png-rgb8.png")
    let wide: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1]
    var claimed = Array(whole.prefix(12)) + Array("IHDR".utf8) + wide + [8, 2, 0, 0, 0]
    claimed += checksum(claimed[12...]) + whole.dropFirst(33)
    let before = MemoryUse.peakResident
    for read in [
      { _ = try ImageFile.header(Data(claimed), name: "x") },
      { _ = try ImageFile.read(Data(claimed), name: "x") },
    ] {
      let error = #expect(throws: ImageError.self) { try read() }
      #expect(error == .tooLarge(name: "x", width: 0x7FFF_FFFF, height: 1))
    }
    #expect(MemoryUse.peakResident - before < 64 << 20)
  }

  /// CRC-32.
  private func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var value = ~UInt32(0)
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ~value >> $0) }
  }
}
