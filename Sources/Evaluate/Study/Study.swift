import Foundation
import Support

/// The key to a study: which method made which result. Raters never see it; `analyse` needs it.
public struct Study: Sendable, Equatable {
  /// What answers name the study by.
  public let identifier: String
  public let title: String
  public let seed: UInt64
  /// In the order of the runs.
  public let methods: [StudyMethod]
  /// In the page's order, which tells nothing.
  public let groups: [StudyGroup]
  /// Codes for the raters who are planned for.
  public let raters: [String]
  /// How the groups were drawn, in words.
  public let drawing: String
  /// How the page holds its pictures.
  public let pictures: String
  public let bench: String

  static let format = "pbe-study"
  static let version = 1

  /// The groups whose rankings are analysed.
  var rankedGroups: [StudyGroup] { groups.filter { $0.kind == .ranked } }
}

/// A system whose results are ranked.
public struct StudyMethod: Sendable, Equatable, Codable {
  public let name: String
  /// The run's folder, as given.
  public let run: String
}

/// One case with the results of all methods.
public struct StudyGroup: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case ranked
    /// Another group once more: does the rater say the same?
    case repeated(of: String)
    /// One result is spoiled: does the rater look?
    case attention
  }

  public let identifier: String
  /// The bench's name for it.
  public let benchCase: String
  public let kind: Kind
  /// By identifier, in an order that tells nothing.
  public let results: [StudyResult]

  /// Who made a result; nil where it is unknown.
  func maker(of result: String) -> StudyResult? { results.first { $0.identifier == result } }
}

/// One of a group's results.
public struct StudyResult: Sendable, Equatable {
  public let identifier: String
  /// The method's place in ``Study/methods``; nil for the spoiled picture.
  public let method: Int?
}

// MARK: Writing

extension Study: Encodable {
  enum CodingKeys: String, CodingKey {
    case format, version, title, seed, methods, groups, raters, drawing, pictures, bench
    case identifier = "study"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(Self.version, forKey: .version)
    try container.encode(identifier, forKey: .identifier)
    try container.encode(title, forKey: .title)
    try container.encode("\(seed)", forKey: .seed)  // 64 bits are more than a number of JSON holds
    try container.encode(bench, forKey: .bench)
    try container.encode(drawing, forKey: .drawing)
    try container.encode(pictures, forKey: .pictures)
    try container.encode(methods, forKey: .methods)
    try container.encode(raters, forKey: .raters)
    try container.encode(groups.map { Written($0, methods) }, forKey: .groups)
  }

  private struct Written: Encodable {
    let id, kind, benchCase: String
    let repeats: String?
    let results: [String: String]

    enum CodingKeys: String, CodingKey {
      case id, kind, repeats, results
      case benchCase = "case"
    }

    init(_ group: StudyGroup, _ methods: [StudyMethod]) {
      (id, benchCase) = (group.identifier, group.benchCase)
      switch group.kind {
      case .ranked: (kind, repeats) = ("ranked", nil)
      case .repeated(let first): (kind, repeats) = ("repeated", first)
      case .attention: (kind, repeats) = ("attention", nil)
      }
      results = Dictionary(
        uniqueKeysWithValues: group.results.map { result in
          (result.identifier, result.method.map { methods[$0].name } ?? Study.spoiled)
        })
    }
  }

  /// What the key calls the picture that was spoiled on purpose; no method may have the name.
  static let spoiled = "spoiled on purpose"
}
