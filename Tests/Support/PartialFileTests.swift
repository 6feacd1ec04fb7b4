import Foundation
import Support
import TestSupport
import Testing

/// What is being written lies beside its place under a name of its own; what a killed process left of it is
/// removed, what a living one writes stays.
@Suite struct PartialFileTests {
  private let abandoned = ".pbe-0123456789abcdef.partial"

  @Test func whatAKilledProcessLeftIsRemovedOnceAFileIsWrittenThere() throws {
    try withTemporaryFolder { folder in
      try Data("half".utf8).write(to: URL(filePath: "\(folder)/\(abandoned)"))
      try Folder.make("\(folder)/.pbe-fedcba9876543210.partial/deep")
      try AtomicFile.write(Data("whole".utf8), to: "\(folder)/a")
      #expect(try FileSystem.names(in: folder) == ["a"])
    }
  }

  @Test func whatALivingProcessWritesStays() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(to: "\(folder)/a") { file in
        PartialFile.removeAbandoned(in: folder)
        try Data("whole".utf8).withUnsafeBytes { try file.append($0) }
      }
      #expect(try String(contentsOfFile: "\(folder)/a", encoding: .utf8) == "whole")
    }
  }

  @Test func linksAndOtherPeoplesFilesAreNotTouched() throws {
    try withTemporaryFolder { folder in
      try Data("mine".utf8).write(to: URL(filePath: "\(folder)/mine"))
      #expect(FileSystem.symlink("\(folder)/mine", "\(folder)/\(abandoned)") == 0)
      try Data().write(to: URL(filePath: "\(folder)/.other.partial"))
      PartialFile.removeAbandoned(in: folder)
      #expect(
        try FileSystem.names(in: folder).sorted() == [".other.partial", abandoned, "mine"])
      #expect(try String(contentsOfFile: "\(folder)/mine", encoding: .utf8) == "mine")
    }
  }
}

@Suite struct AtomicFolderTests {
  private struct Interrupted: Error {}

  @Test func aFolderAppearsWithAllThatIsInIt() throws {
    try withTemporaryFolder { folder in
      try Folder.make("\(folder)/empty")
      for name in ["new/deep", "empty"] {
        let path = "\(folder)/\(name)"
        try AtomicFolder.make(path) { partial in
          try AtomicFile.write(Data([1]), to: "\(partial)/a")
          let before = FileSystem.exists(path) ? try FileSystem.names(in: path) : []
          #expect(before.isEmpty)
        }
        #expect(try FileSystem.names(in: path) == ["a"])
        #expect(try FileSystem.names(in: path.parentFolder).allSatisfy { !$0.hasPrefix(".") })
      }
    }
  }

  @Test func nothingIsLeftOfOneThatFails() throws {
    try withTemporaryFolder { folder in
      #expect(throws: Interrupted.self) {
        try AtomicFolder.make("\(folder)/new") { partial in
          try AtomicFile.write(Data([1]), to: "\(partial)/a")
          throw Interrupted()
        }
      }
      let left = try FileSystem.names(in: folder)
      #expect(left.isEmpty)
    }
  }

  /// A person knows nothing of the name that the folder has meanwhile.
  @Test func errorsNameTheFolderAsItWillBe() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/new"
      let expected = FileError.missingFolder(path: "\(path)/b/a", folder: "\(path)/b")
      #expect(throws: expected) {
        try AtomicFolder.make(path) { try AtomicFile.write(Data(), to: "\($0)/b/a") }
      }
    }
  }
}
