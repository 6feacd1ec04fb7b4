import Foundation
import Testing

/// The library's article shows the client's sources as they are built and run.
@Suite struct ClientArticleTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func everySourceOfTheClientIsInTheArticle() throws {
    let sources = Self.repository.appending(path: "Examples/Client/Sources")
    let article = try String(
      contentsOf: Self.repository.appending(
        path: "Sources/PaintByExample/PaintByExample.docc/PaintByExample.md"), encoding: .utf8)
    let names = try FileManager.default.contentsOfDirectory(atPath: sources.path)
      .filter { $0.hasSuffix(".swift") && $0 != "main.swift" }
    #expect(names.count >= 5)
    for name in names.sorted() {
      let source = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
      #expect(
        article.contains("```swift\n\(source)```\n"),
        "\(name) has changed: copy it into the article")
    }
  }
}
