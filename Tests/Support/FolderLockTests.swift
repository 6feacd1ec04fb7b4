import Foundation
import Support
import Testing

@Suite struct FolderLockTests {
  @Test func aFolderIsKeptUntilTheLockGoes() throws {
    let folder = NSTemporaryDirectory() + "pbe-lock-\(UUID().uuidString)"
    try Folder.make(folder)
    defer { rmdir(folder) }
    var first: FolderLock? = try FolderLock(folder)
    #expect(first?.lack == nil)
    #expect(throws: FolderInUse.self) { try FolderLock(folder) }
    first = nil
    _ = try FolderLock(folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }
}
