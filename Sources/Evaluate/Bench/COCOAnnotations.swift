import Support

/// COCO's `instances_*.json`: the classes of annotations by their numbers, which name COCOEE's cases.
///
/// The file, of up to 450 MB, is walked through where it lies; only what is asked for is kept.
struct COCOAnnotations {
  private let path: String
  private let file: MappedFile

  /// - Throws: `FileError`.
  init(contentsOf path: String) throws {
    self.path = path
    file = try MappedFile(path)
  }

  /// The names of the classes of annotations; those that the file lacks are left out.
  ///
  /// - Throws: ``EvaluationError/unreadable(file:reason:)``.
  func classes(of annotations: Set<Int>) throws -> [Int: String] {
    var (names, categories) = ([Int: String](), [Int: Int]())
    var hasAnnotations = false
    do {
      var scanner = JSONScanner(file.bytes)
      try scanner.members { scanner, key in
        switch key {
        case "categories":
          try scanner.items { scanner in
            let (id, name) = try Self.category(&scanner)
            names[id] = name
          }
        case "annotations":
          hasAnnotations = true
          try scanner.items { scanner in
            let (id, category) = try Self.annotation(&scanner)
            if annotations.contains(id) { categories[id] = category }
          }
        default: try scanner.skip()
        }
      }
    } catch {
      throw EvaluationError.unreadable(file: path, reason: "\(error)")
    }
    guard hasAnnotations, !names.isEmpty else {
      throw EvaluationError.unreadable(
        file: path,
        reason: "expected COCO's instances_*.json, an object with 'annotations' and 'categories'")
    }
    return categories.compactMapValues { names[$0] }
  }

  private static func category(_ scanner: inout JSONScanner) throws -> (id: Int, name: String) {
    var (id, name): (Int?, String?) = (nil, nil)
    try scanner.members { scanner, key in
      switch key {
      case "id": id = try number(&scanner, key)
      case "name":
        guard case .string(let text) = try scanner.value() else {
          throw Wrong(description: "a category's 'name' is no text")
        }
        name = text
      default: try scanner.skip()
      }
    }
    guard let id, let name else { throw Wrong(description: "a category lacks 'id' or 'name'") }
    return (id, name)
  }

  private static func annotation(
    _ scanner: inout JSONScanner
  ) throws -> (id: Int, category: Int) {
    var (id, category): (Int?, Int?) = (nil, nil)
    try scanner.members { scanner, key in
      switch key {
      case "id": id = try number(&scanner, key)
      case "category_id": category = try number(&scanner, key)
      default: try scanner.skip()
      }
    }
    guard let id, let category else {
      throw Wrong(description: "an annotation lacks 'id' or 'category_id'")
    }
    return (id, category)
  }

  private static func number(_ scanner: inout JSONScanner, _ key: String) throws -> Int {
    let value = try scanner.value()
    guard case .number(let number) = value, let whole = Int(exactly: number) else {
      throw Wrong(description: "'\(key)' must be a whole number, found \(value.summary)")
    }
    return whole
  }

  private struct Wrong: Error, CustomStringConvertible {
    let description: String
  }
}
