/// Byte-pair encoding: which symbols a word's bytes are, and which neighbours become one symbol.
///
/// A word's last byte is another symbol than the same byte inside it. Of all neighbours that can be
/// joined, those of the lowest rank are joined first, the leftmost of them before the others.
///
/// - Source: Sennrich et al., arXiv:1508.07909; the `BPE` model of Hugging Face's tokenizers.
struct BytePairs: Sendable {
  struct Pair: Hashable, Sendable {
    let left: Int32
    let right: Int32
  }

  struct Merge: Sendable {
    let rank: Int32
    let symbol: Int32
  }

  /// Symbols of bytes inside a word.
  let inner: [Int32]
  /// Symbols of a word's last byte.
  let last: [Int32]
  let merges: [Pair: Merge]

  /// Appends the symbols of a word.
  ///
  /// - Complexity: O(n log n) in the word's bytes, whatever they are.
  func append(_ word: [UInt8], to symbols: inout [Int]) {
    guard let end = word.last else { return }
    var joined = word.map { inner[Int($0)] }
    joined[joined.count - 1] = last[Int(end)]
    if joined.count > 1 { join(&joined) }
    for symbol in joined where symbol >= 0 { symbols.append(Int(symbol)) }
  }

  /// Joins neighbours until no two can be joined; what a symbol took in becomes −1.
  private func join(_ symbols: inout [Int32]) {
    let count = symbols.count
    // The symbol after each, and before it; `count` and −1 at the ends.
    var after = (0..<count).map { Int32($0 + 1) }
    var before = (0..<count).map { Int32($0 - 1) }
    var queue = MergeQueue()
    func found(_ left: Int, _ right: Int) -> MergeQueue.Entry? {
      guard left >= 0, right < count else { return nil }
      return merges[Pair(left: symbols[left], right: symbols[right])].map {
        MergeQueue.Entry(rank: $0.rank, place: Int32(left), symbol: $0.symbol)
      }
    }
    for place in 0..<count - 1 {
      if let entry = found(place, place + 1) { queue.push(entry) }
    }
    while let entry = queue.pop() {
      let place = Int(entry.place)
      let next = Int(after[place])
      // What was queued may be out of date by now.
      guard symbols[place] >= 0, found(place, next)?.symbol == entry.symbol else { continue }
      symbols[place] = entry.symbol
      symbols[next] = -1
      after[place] = after[next]
      if after[place] < count { before[Int(after[place])] = entry.place }
      if let entry = found(Int(before[place]), place) { queue.push(entry) }
      if let entry = found(place, Int(after[place])) { queue.push(entry) }
    }
  }
}

/// Possible merges, the lowest rank first, of equal ones the leftmost: a binary heap.
private struct MergeQueue {
  struct Entry {
    let rank: Int32
    let place: Int32
    let symbol: Int32

    func isBefore(_ other: Entry) -> Bool { (rank, place) < (other.rank, other.place) }
  }

  private var entries: [Entry] = []

  mutating func push(_ entry: Entry) {
    var child = entries.count
    entries.append(entry)
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].isBefore(entries[parent]) else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> Entry? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    guard !entries.isEmpty else { return first }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].isBefore(entries[least]) { least = child }
      }
      guard least != parent else { return first }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}

/// How byte-pair vocabularies write bytes: printable characters of Latin-1 stand for themselves, the
/// other bytes, in order, for the characters from U+0100 on.
///
/// - Source: `bytes_to_unicode` in OpenAI's GPT-2 and CLIP.
enum ByteSymbols {
  /// The character of each byte.
  static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0...255).map { byte -> Unicode.Scalar in
      let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
      if isPrintable { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "\u{FFFD}"
    }
  }()

  /// The bytes in the order in which OpenAI's vocabulary lists their symbols: printable ones first.
  static let order: [Int] =
    (0...255).filter { characters[$0].value < 0x100 }
    + (0...255).filter { characters[$0].value >= 0x100 }

  /// What ends a symbol that ends a word.
  static let wordEnd = "</w>"
}
