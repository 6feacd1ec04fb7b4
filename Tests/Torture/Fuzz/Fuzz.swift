import Foundation
import Readers

// What libFuzzer calls, for the reader that PBE_FUZZ_READER names.

private let reader = Reader.named(ProcessInfo.processInfo.environment["PBE_FUZZ_READER"] ?? "")

/// Memory, where the system has such a folder: some readers want a file.
private let folder: String = {
  let root =
    FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
  let folder = "\(root)/pbe-fuzz-\(getpid())"
  try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  return folder
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let reader else { fatalError("PBE_FUZZ_READER names no reader") }
  reader.accepts(Array(UnsafeBufferPointer(start: start, count: count)), in: folder)
  return 0
}
