import Foundation
import Support

/// What is known of a bench's cases, kept between runs in pieces of up to 50 neighbours.
///
/// Each value lies under a key, the digest of all that it rests on; a value under another key is
/// never used. A piece is written whole when its cases are done, so that a killed run loses one piece
/// at most. What a piece holds depends on its cases alone, not on the order in which they came.
struct CaseStore<Format: PieceFormat> {
  typealias Value = Format.Value

  private let folder: URL
  /// What the pieces' names begin with.
  let name: String
  private let format: Format

  init(_ name: String, in folder: URL, format: Format) {
    self.folder = folder
    self.name = name
    self.format = format
  }

  /// Takes what is kept and makes the rest, in parallel.
  ///
  /// - Parameters:
  ///   - title: Of the task that `progress` is told of.
  ///   - cases: In the bench's order, with their keys.
  ///   - make: Gives the value of the case at a position of `cases`.
  /// - Returns: The values in the cases' order, or why one could not be made.
  /// - Throws: When a piece cannot be written.
  func values(
    of cases: [(benchCase: BenchCase, key: String)], title: String,
    progress reporter: any ProgressReporter, make: (Int) throws -> Value
  ) throws -> [Result<Value, any Error>] {
    let groups = Dictionary(grouping: cases.indices) { piece(of: cases[$0].benchCase) }
    var results: [Int: Result<Value, any Error>] = [:]
    for (piece, members) in groups {
      let kept = Dictionary(
        read(piece).map { ($0.identifier, $0) }, uniquingKeysWith: { $1 })
      for i in members {
        guard let entry = kept[cases[i].benchCase.identifier], entry.key == cases[i].key
        else { continue }
        results[i] = .success(entry.value)
      }
    }
    let progress = reporter.begin(
      title, total: cases.count, unit: "case", completed: results.count)
    for (piece, members) in groups.sorted(by: { $0.key < $1.key }) {
      let missing = members.filter { results[$0] == nil }
      let made = try parallelMap(missing.count) { position in
        let outcome = Result { try make(missing[position]) }
        try progress.advance()
        return outcome
      }
      let entries = zip(missing, made).compactMap { i, outcome in
        (try? outcome.get()).map {
          StoredCase(
            identifier: cases[i].benchCase.identifier, position: cases[i].benchCase.position,
            key: cases[i].key, value: $0)
        }
      }
      try add(entries, to: piece)
      for (i, outcome) in zip(missing, made) { results[i] = outcome }
    }
    progress.finish()
    return cases.indices.compactMap { results[$0] }
  }

  /// The identifiers of the cases that something is kept of, under whatever key.
  func identifiers(among cases: [BenchCase]) -> Set<String> {
    Set(Set(cases.map(piece)).flatMap { read($0).map(\.identifier) })
  }

  /// Takes over what another store of the same name keeps of some cases.
  func adopt(_ cases: [BenchCase], from other: CaseStore) throws {
    for (piece, members) in Dictionary(grouping: cases, by: piece) {
      let wanted = Set(members.map(\.identifier))
      try add(other.read(piece).filter { wanted.contains($0.identifier) }, to: piece)
    }
  }

  private static var pieceSize: Int { 50 }

  private func piece(of benchCase: BenchCase) -> Int { benchCase.position / Self.pieceSize }

  private func file(_ piece: Int) -> URL {
    let first = String(piece * Self.pieceSize)
    let padding = String(repeating: "0", count: max(0, 6 - first.count))
    return folder.appending(path: "\(name)-\(padding)\(first).\(Format.pathExtension)")
  }

  /// Nothing where there is no piece or one that cannot be used.
  private func read(_ piece: Int) -> [StoredCase<Value>] {
    let file = file(piece)
    guard FileSystem.exists(file.relativePath) else { return [] }
    return (try? format.read(file)) ?? []
  }

  /// Writes the piece with these entries in place of older ones of the same cases.
  private func add(_ entries: [StoredCase<Value>], to piece: Int) throws {
    guard !entries.isEmpty else { return }
    try Folder.make(folder.relativePath)
    let replaced = Set(entries.map(\.identifier))
    let kept = read(piece).filter { !replaced.contains($0.identifier) }
    try format.write(
      (kept + entries).sorted { ($0.position, $0.identifier) < ($1.position, $1.identifier) },
      to: file(piece))
  }
}

/// A case's value with what it is of.
struct StoredCase<Value: Sendable>: Sendable {
  let identifier: String
  /// In the bench's list.
  let position: Int
  /// Digest of all that the value rests on.
  let key: String
  let value: Value
}

/// How a piece is written.
protocol PieceFormat {
  associatedtype Value: Sendable
  static var pathExtension: String { get }

  /// - Throws: When the file is not whole.
  func read(_ file: URL) throws -> [StoredCase<Value>]
  func write(_ entries: [StoredCase<Value>], to file: URL) throws
}
