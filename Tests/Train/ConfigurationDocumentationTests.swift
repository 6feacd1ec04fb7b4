import Foundation
import Testing
import Training

/// The tables of `docs/configuration.md` say what the keys' declarations say.
@Suite struct ConfigurationDocumentationTests {
  /// With `PBE_WRITE_DOCS=1` the page is written anew instead.
  @Test func pageSaysWhatTheKeysSay() throws {
    let file = repository.appending(path: "docs/configuration.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let page = ConfigurationPage(text, TrainingConfiguration.schema)
    #expect(page.homeless.isEmpty)
    if ProcessInfo.processInfo.environment["PBE_WRITE_DOCS"] == "1" {
      try page.updated.write(to: file, atomically: true, encoding: .utf8)
    } else {
      let changed = Set(page.updated.components(separatedBy: "\n"))
        .symmetricDifference(text.components(separatedBy: "\n"))
      #expect(
        page.updated == text,
        "write it again with PBE_WRITE_DOCS=1; lines that differ:\n\(changed.joined(separator: "\n"))"
      )
    }
  }

  @Test func everySettingIsExplained() {
    for key in TrainingConfiguration.schema where key.role == .setting {
      #expect(key.doc.hasSuffix("."), "\(key.path)")
      #expect(!key.kind.isEmpty && !key.value.isEmpty, "\(key.path)")
    }
  }
}

/// The repository's root.
let repository = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
