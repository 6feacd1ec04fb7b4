import Foundation
import Models
import TestSupport
import Testing

/// Small vocabularies of one's own, in the form of CLIP's.
@Suite struct LearntVocabularyTests {
  private let captions = [
    "a blue ring", "a blue ring with stripes", "a shiny red egg", "an orange box", "a red ring",
  ]

  @Test func wordsOfTheTextsAreOneTokenEach() throws {
    let tokenizer = try LearntVocabulary(captions, merges: 1000, length: 16).tokenizer()
    for caption in captions {
      let words = caption.split(separator: " ").count
      #expect(tokenizer.encode(caption).count == words + 2, "\(caption)")
    }
    #expect(tokenizer.length == 16 && tokenizer("").count == 16)
    let distinct = Set(captions.flatMap { tokenizer.encode($0) })
    #expect(distinct.count == 11 + 2)
  }

  @Test func anyTextHasTokens() throws {
    let tokenizer = try LearntVocabulary(captions, merges: 1000, length: 16).tokenizer()
    for text in ["zebra", "Ωμέγα 漢字", "🙂", "\u{0}\u{1}", "don't 42"] {
      let tokens = tokenizer.encode(text)
      #expect(tokens.count > 2 && tokens.allSatisfy { (0..<tokenizer.vocabularySize).contains($0) })
      // No byte is unknown: the end stands for those, and is there but once.
      #expect(tokens.count { $0 == tokenizer.endToken } == 1)
    }
  }

  /// The textbook's example: the pair that comes most often is joined first.
  @Test func theMostFrequentPairIsJoinedFirst() throws {
    let texts = ["low", "low", "lower", "newest", "newest", "newest", "widest"]
    let folder = try TemporaryFolder()
    try LearntVocabulary(texts, merges: 3, length: 8).tokenizer().write(to: folder.path("v"))
    #expect(try folder.text("v/merges.txt") == "#version: 0.2\ne s\nes t</w>\ne w\n")
  }

  @Test func filesDependOnTheTextsAloneAndNotOnTheirOrder() throws {
    let folder = try TemporaryFolder()
    let orders = [captions, captions.reversed(), captions.shuffled()]
    for (i, texts) in orders.enumerated() {
      try LearntVocabulary(texts, merges: 30, length: 12).tokenizer().write(to: folder.path("\(i)"))
    }
    for name in ["vocab.json", "merges.txt", "tokenizer_config.json"] {
      #expect(try folder.text("0/\(name)") == folder.text("1/\(name)"))
      #expect(try folder.text("0/\(name)") == folder.text("2/\(name)"))
    }
    let read = try Tokenizer(at: folder.path("0"))
    #expect(read.length == 12 && read.vocabularySize == 512 + 30 + 2)
  }

  @Test func withoutMergesEveryByteIsAToken() throws {
    let tokenizer = try LearntVocabulary(captions, merges: 0, length: 16).tokenizer()
    #expect(tokenizer.vocabularySize == 514)
    #expect(tokenizer.encode("egg").count == 5)
  }
}
