import Foundation
import Support

/// The page that raters answer on: one file that needs nothing else and sends nothing anywhere.
///
/// Data and logic are apart: ``data`` is all that differs from study to study, so that a server may
/// hand out the same scripts with other data.
struct StudyPage {
  let study: Study
  /// The seed of the orders: 16 hexadecimal digits.
  let orders: String
  /// `data:` addresses by a picture's name.
  let pictures: [String: String]
  /// Names of pictures, in the order of the study's groups.
  let groups: [GroupPictures]

  struct GroupPictures {
    let source: String
    let reference: String
    /// By a result's identifier.
    let results: [String: String]
  }

  /// What the scripts read. It names no method.
  var data: JSONValue {
    let repeated = study.groups.compactMap { group -> JSONValue? in
      guard case .repeated(let first) = group.kind else { return nil }
      return .array([.string(first), .string(group.identifier)])
    }
    return .object([
      "study": .string(study.identifier), "title": .string(study.title),
      "seed": .string(orders), "results": .integer(study.methods.count),
      "questions": .array(StudyQuestion.allCases.map(Self.question)),
      "apart": .array(repeated),
      "pictures": .object(pictures.mapValues { .string($0) }),
      "groups": .array(zip(study.groups, groups).map(Self.group)),
    ])
  }

  private static func question(_ question: StudyQuestion) -> JSONValue {
    .object([
      "name": .string(question.rawValue), "title": .string(question.title),
      "explanation": .string(question.explanation), "reminder": .string(question.reminder),
    ])
  }

  private static func group(_ group: StudyGroup, _ pictures: GroupPictures) -> JSONValue {
    .object([
      "id": .string(group.identifier), "source": .string(pictures.source),
      "reference": .string(pictures.reference),
      "results": .array(
        group.results.map { result in
          .object([
            "id": .string(result.identifier),
            "picture": .string(pictures.results[result.identifier] ?? ""),
          ])
        }),
    ])
  }

  var html: String {
    let (style, script) = (Self.style, Self.script)
    return Self.template.filling([
      "title": escaped(study.title), "style": style, "script": script,
      // So that no text in the data can end the script element.
      "data": data.text.replacing("<", with: "\\u003c"),
      "policy": Self.policy(style: style, script: script),
    ])
  }

  /// Only this style and this script, pictures only from within the page, no connection at all.
  private static func policy(style: String, script: String) -> String {
    "default-src 'none'; img-src data:; style-src '\(source(of: style))'; "
      + "script-src '\(source(of: script))'; base-uri 'none'; form-action 'none'"
  }

  /// A text's digest as a content security policy names it.
  private static func source(of text: String) -> String {
    let digits = Array(SHA256.hexadecimal(of: text.utf8))
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    return "sha256-" + Data(bytes).base64EncodedString()
  }

  // MARK: Files of the page

  private static let template = text(PackageResources.page_html)
  private static let style = text(PackageResources.page_css)
  /// In the order in which they use each other.
  private static let script = [
    PackageResources.random_js, PackageResources.plan_js, PackageResources.store_js,
    PackageResources.ranking_js, PackageResources.drag_js, PackageResources.views_js,
    PackageResources.study_js,
  ].map(text).joined(separator: "\n")

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension String {
  /// The text with each `{{name}}` replaced; what is put in is not looked at again.
  fileprivate func filling(_ values: [String: String]) -> String {
    var result = ""
    var rest = self[...]
    while let mark = rest.firstMatch(of: /\{\{(\w+)\}\}/) {
      result += rest[..<mark.range.lowerBound]
      result += values[String(mark.output.1)] ?? ""
      rest = rest[mark.range.upperBound...]
    }
    return result + rest
  }
}
