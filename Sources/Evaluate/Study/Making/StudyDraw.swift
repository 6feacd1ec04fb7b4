import Tensors

/// Draws what a study consists of: which cases, which are repeated, which identifiers.
///
/// Depends on the seed, the cases and the methods' names alone.
struct StudyDraw {
  let settings: StudySettings
  let methods: [StudyMethod]
  /// Those that all runs share, in the bench's order; at least as many as there are groups.
  let cases: [String]

  /// In the page's order.
  func groups() -> [StudyGroup] {
    var random = RandomStream(seed: settings.seed, purpose: "study groups drawn")
    let drawn = cases.shuffled(using: &random)
    let ranked = Array(drawn.prefix(settings.groups))
    // Cases that are not ranked otherwise, as far as there are such.
    let others = drawn.dropFirst(settings.groups) + drawn
    let attention = Array(others.prefix(settings.attention))
    let repeats = Array(ranked.shuffled(using: &random).prefix(settings.repeats))

    var items = ranked.map { (case: $0, kind: Item.ranked) }
    items += attention.map { ($0, .attention) } + repeats.map { ($0, .repeated) }
    items.shuffle(using: &random)
    let digits = "\(items.count)".count
    func identifier(_ place: Int) -> String {
      let number = "\(place + 1)"
      return "g" + String(repeating: "0", count: digits - number.count) + number
    }
    let firsts = Dictionary(
      uniqueKeysWithValues: items.enumerated().filter { $1.kind == .ranked }
        .map { ($1.case, identifier($0)) })
    return items.enumerated().map { place, item in
      let kind: StudyGroup.Kind =
        switch item.kind {
        case .ranked: .ranked
        case .attention: .attention
        case .repeated: .repeated(of: firsts[item.case] ?? "")
        }
      return StudyGroup(
        identifier: identifier(place), benchCase: item.case, kind: kind,
        results: results(of: place, isAttention: item.kind == .attention))
    }
  }

  private enum Item { case ranked, repeated, attention }

  /// A result of each method under a name that tells nothing; sorted by it, so that the order doesn't
  /// tell either.
  private func results(of group: Int, isAttention: Bool) -> [StudyResult] {
    var random = RandomStream(
      seed: settings.seed, purpose: "study identifiers", index: UInt64(group))
    let spoiled = isAttention ? random.draw(below: methods.count) : nil
    var used: Set<String> = []
    return methods.indices.map { method in
      var name: String
      repeat { name = random.hexadecimal() } while !used.insert(name).inserted
      return StudyResult(identifier: name, method: method == spoiled ? nil : method)
    }.sorted { $0.identifier < $1.identifier }
  }

  /// The study's own name, and the seed of the orders in the page, from which the study's seed can't
  /// be told.
  func names() -> (study: String, orders: String) {
    let numbers = [settings.groups, settings.raters, settings.repeats, settings.attention]
    let parts = ["\(settings.seed)"] + numbers.map(String.init) + methods.map(\.name) + cases
    let digest = Fingerprint.combined(parts.enumerated().map { (name: "\($0)", digest: $1) })
    return (String(digest.prefix(16)), String(digest.dropFirst(16).prefix(16)))
  }

  /// A code for each rater who is planned for: letters and digits that are not taken for others.
  func codes() -> [String] {
    let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    var random = RandomStream(seed: settings.seed, purpose: "study codes")
    var used: Set<String> = []
    var codes: [String] = []
    while codes.count < settings.raters {
      var code = ""
      for _ in 0..<5 { code.append(letters[random.draw(below: letters.count)]) }
      if used.insert(code).inserted { codes.append(code) }
    }
    return codes
  }
}

extension RandomStream {
  /// Eight digits.
  fileprivate mutating func hexadecimal() -> String {
    let digits = String(nextWord(), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
