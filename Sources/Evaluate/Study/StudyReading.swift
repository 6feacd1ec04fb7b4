import Support

extension Study {
  private static let sizeLimit = 64 << 20

  /// Reads `study.json`.
  ///
  /// - Throws: ``MalformedFile`` that says which place of the file is wrong; `FileError`.
  public init(contentsOf file: String) throws {
    let document = try CheckedJSON(readingFile: file, limit: Self.sizeLimit)
    try document.requireFormat(Self.format, Self.version, writtenBy: "pbe-eval study make")
    identifier = try document["study"].text
    title = try document["title"].text
    let seed = try document["seed"]
    guard let number = UInt64(try seed.text) else {
      throw seed.problem("'\(try seed.text)'", expected: "a whole number in quotes")
    }
    self.seed = number
    (bench, drawing) = (try document["bench"].text, try document["drawing"].text)
    pictures = try document["pictures"].text
    raters = try document["raters"].list.map { try $0.text }
    methods = try Self.methods(document["methods"])
    groups = try Self.groups(document["groups"], methods.map(\.name))
  }

  private static func methods(_ value: CheckedJSON) throws -> [StudyMethod] {
    var known: Set<String> = []
    let methods = try value.list.map { entry in
      let name = try entry["name"].text
      guard known.insert(name).inserted else {
        throw try entry["name"].problem("'\(name)' again", expected: "each method once")
      }
      return StudyMethod(name: name, run: try entry["run"].text)
    }
    guard methods.count > 1 else {
      throw value.problem("\(methods.count) methods", expected: "at least two")
    }
    return methods
  }

  private static func groups(_ value: CheckedJSON, _ methods: [String]) throws -> [StudyGroup] {
    var known: Set<String> = []
    let groups = try value.list.map { entry in
      let group = try Self.group(entry, methods)
      guard known.insert(group.identifier).inserted else {
        throw try entry["id"].problem("'\(group.identifier)' again", expected: "each group once")
      }
      return group
    }
    let ranked = Set(groups.filter { $0.kind == .ranked }.map(\.identifier))
    guard !ranked.isEmpty else { throw value.problem("no ranked group", expected: "at least one") }
    for (group, entry) in zip(groups, try value.list) {
      if case .repeated(let first) = group.kind, !ranked.contains(first) {
        throw try entry["repeats"].problem("'\(first)'", expected: "a ranked group of this file")
      }
    }
    return groups
  }

  private static func group(_ entry: CheckedJSON, _ methods: [String]) throws -> StudyGroup {
    let kind = try entry["kind"]
    let found: StudyGroup.Kind
    switch try kind.text {
    case "ranked": found = .ranked
    case "repeated": found = .repeated(of: try entry["repeats"].text)
    case "attention": found = .attention
    case let other: throw kind.problem("'\(other)'", expected: "ranked, repeated or attention")
    }
    let results = try entry["results"]
    let makers = try results.keys.map { id in
      let name = try results[id].text
      let method = methods.firstIndex(of: name)
      guard method != nil || (name == spoiled && found == .attention) else {
        throw try results[id].problem(
          "'\(name)'", expected: "one of the methods: \(methods.joined(separator: ", "))")
      }
      return StudyResult(identifier: id, method: method)
    }
    guard makers.count == methods.count, Set(makers.map(\.method)).count == methods.count,
      found != .attention || makers.contains(where: { $0.method == nil })
    else {
      throw results.problem(
        "\(makers.count) results", expected: "one of each of the \(methods.count) methods")
    }
    return StudyGroup(
      identifier: try entry["id"].text, benchCase: try entry["case"].text, kind: found,
      results: makers)
  }
}

extension CheckedJSON {
  /// - Throws: ``MalformedFile`` where the document is another one, or of a later version.
  func requireFormat(_ format: String, _ version: Int, writtenBy writer: String) throws {
    let expected = "\"format\": \"\(format)\", as \(writer) writes it"
    guard case .object = value, let found = try member("format") else {
      throw problem(value.summary, expected: "an object with \(expected)")
    }
    guard case .string(let text) = found.value, text == format else {
      throw problem(found.value.summary, expected: expected)
    }
    _ = try self["version"].integer(version...version)
  }
}
