import Foundation
import Support
import Testing

@Suite struct AtomicFileTests {
  private struct Interrupted: Error {}

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("pbe-files-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func replacesAFileAndLeavesNothingElse() throws {
    try withFolder { folder in
      try AtomicFile.write(Data("old".utf8), to: "\(folder)/a")
      try AtomicFile.write(Data("new".utf8), to: "\(folder)/a")
      #expect(try String(contentsOfFile: "\(folder)/a", encoding: .utf8) == "new")
      #expect(try names(folder) == ["a"])
    }
  }

  @Test func anInterruptedWriteKeepsTheOldFile() throws {
    try withFolder { folder in
      try AtomicFile.write(Data("old".utf8), to: "\(folder)/a")
      #expect(throws: Interrupted.self) {
        try AtomicFile.write(to: "\(folder)/a") { file in
          try Data("half".utf8).withUnsafeBytes { try file.append($0) }
          throw Interrupted()
        }
      }
      #expect(try String(contentsOfFile: "\(folder)/a", encoding: .utf8) == "old")
      #expect(try names(folder) == ["a"])
    }
  }

  @Test func mistakesAreNamed() throws {
    try withFolder { folder in
      let data = Data("x".utf8)
      #expect(throws: FileError.missingFolder(path: "\(folder)/b/a", folder: "\(folder)/b")) {
        try AtomicFile.write(data, to: "\(folder)/b/a")
      }
      #expect(throws: FileError.notRegular(path: folder)) { try AtomicFile.write(data, to: folder) }
      #expect(throws: FileError.diskFull(path: "/dev/full")) {
        try AtomicFile.write(data, to: "/dev/full")
      }
    }
  }

  @Test(.enabled(if: getuid() != 0, "permissions do not bind root"))
  func aReadOnlyFolderIsNamed() throws {
    try withFolder { folder in
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)
      defer {
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
      }
      #expect(throws: FileError.notPermitted(path: "\(folder)/a", operation: "write")) {
        try AtomicFile.write(Data("x".utf8), to: "\(folder)/a")
      }
    }
  }
}
