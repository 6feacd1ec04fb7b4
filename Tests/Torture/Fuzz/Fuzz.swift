import Foundation
import Readers

/// Feeds the reader that PBE_FUZZ_READER names with libFuzzer's inputs; the arguments are libFuzzer's.
@main
struct Fuzz {
  private static let reader = Reader.named(
    ProcessInfo.processInfo.environment["PBE_FUZZ_READER"] ?? "")

  /// Memory, where the system has such a folder: some readers want a file.
  private static let folder: String = {
    let root =
      FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    let folder = "\(root)/pbe-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }()

  static func main() {
    guard reader != nil else {
      let names = Reader.all.map(\.name).joined(separator: ", ")
      FileHandle.standardError.write(Data("PBE_FUZZ_READER is to be one of \(names)\n".utf8))
      exit(2)
    }
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    let code = runDriver(&count, &arguments) { start, count in
      let input = Array(UnsafeBufferPointer(start: start, count: count))
      Fuzz.reader?.accepts(input, in: Fuzz.folder)
      return 0
    }
    try? FileManager.default.removeItem(atPath: folder)
    exit(code)
  }
}

/// libFuzzer without its own `main`, which SwiftPM's name for an executable's entry would hide.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
