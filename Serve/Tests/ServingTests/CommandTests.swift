import ArgumentParser
import Foundation
import Testing
import pbe_serve

/// Every `pbe-serve` command in the documentation and in its own help parses.
@Suite struct CommandTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../..").standardizedFileURL

  private static let files = [
    "README.md", "docs/serve.md", "docs/page.md", "Serve/Sources/pbe-serve/PbeServe.swift",
  ]

  @Test func everyCommandParses() throws {
    var found = 0
    for file in Self.files {
      let path = Self.repository.appending(path: file)
      guard let text = try? String(contentsOf: path, encoding: .utf8) else { continue }
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ").prefix { $0 != "#" }.map(String.init)
        guard words.first?.hasSuffix("pbe-serve") == true, words.contains("--model") else {
          continue
        }
        found += 1
        #expect(throws: Never.self, "\(file): \(line)") {
          try PbeServe.parseAsRoot(Array(words.dropFirst()))
        }
      }
    }
    #expect(found > 3)
  }

  @Test(arguments: [
    "", "--model a --host 0.0.0.0", "--model a --host 192.168.1.5",
    "--model a --token abcdefghijklmnop",
    "--model a --listen --token short", "--model a --listen --token a;b;c;d;e;f;g;h;i",
    "--model a --port -1", "--model a --port 65536", "--model a --keep -1", "--model a --keep nan",
    "--model a --queue 0", "--model a --model a", "--model x=a --model x=b",
  ]) func whatMakesNoSenseIsRefused(_ text: String) {
    #expect(throws: (any Error).self) {
      try PbeServe.parseAsRoot(text.split(separator: " ").map(String.init))
    }
  }
}
