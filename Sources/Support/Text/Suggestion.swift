/// The candidate that was probably meant by a misspelt `name`; nil when none is near.
///
/// Near means that at most a third of the letters (at least one, at most three edits) must be
/// inserted, removed, replaced or swapped with their neighbour, upper and lower case being equal.
/// Of several equally near ones the first in alphabetical order is returned.
public func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
  let limit = max(1, min(3, name.count / 3))
  let wanted = Array(name.lowercased().prefix(longestName))
  var best: (distance: Int, name: String)?
  for candidate in candidates {
    let letters = Array(candidate.lowercased().prefix(longestName))
    guard abs(letters.count - wanted.count) <= limit else { continue }
    let distance = editDistance(wanted, letters)
    guard distance <= limit else { continue }
    if let best, (best.distance, best.name) <= (distance, candidate) { continue }
    best = (distance, candidate)
  }
  return best?.name
}

/// The path that begins and ends like `name` in the most letters; nil when that is less than half of
/// the longer one. For weights: what was renamed is usually one step of a path, or one put before all.
///
/// Of several equally near ones the first in the candidates' order is returned.
package func nearestPath(to name: String, in candidates: some Sequence<String>) -> String? {
  let letters = Array(name.utf8)
  var best: (score: Double, name: String)?
  for candidate in candidates {
    let other = Array(candidate.utf8)
    let shorter = min(letters.count, other.count)
    let start = zip(letters, other).prefix { $0 == $1 }.count
    let end = zip(letters.reversed(), other.reversed()).prefix { $0 == $1 }.count
    let score = Double(min(start + end, shorter)) / Double(max(letters.count, other.count, 1))
    if score >= 0.5, score > best?.score ?? 0 { best = (score, candidate) }
  }
  return best?.name
}

/// `" (did you mean 'x'?)"` for the end of a message, or nothing when no candidate is near.
public func didYouMean(_ name: String, in candidates: some Sequence<String>) -> String {
  nearest(to: name, in: candidates).map { " (did you mean '\($0)'?)" } ?? ""
}

/// Names come from files: a key of a megabyte must not cost a megabyte squared.
private let longestName = 200

/// Edits (insert, remove, replace, swap neighbours) that turn `a` into `b`: the optimal string
/// alignment distance.
package func editDistance<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int {
  var twoAbove: [Int] = []
  var above = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      let replaced = above[j] + (a[i] == b[j] ? 0 : 1)
      var cost = min(replaced, above[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, twoAbove[j - 1] + 1) }
      row.append(cost)
    }
    (twoAbove, above) = (above, row)
  }
  return above[b.count]
}
