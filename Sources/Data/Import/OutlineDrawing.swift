import Foundation
import Pictures

extension Outline {
  /// A mask of the picture's size, white on the object.
  ///
  /// - Parameters:
  ///   - size: of the picture.
  ///   - box: of the object, in pixels.
  ///   - scale: pixels for each unit of a polygon's corners.
  /// - Returns: nil for a mask's file, which is one already.
  /// - Throws: ``RunLengths/Damage``.
  package func drawn(
    in size: PictureSize, box: Box?, scale: SIMD2<Double>
  ) throws(RunLengths.Damage) -> GrayImage? {
    switch self {
    case .file: return nil
    case .damaged(let reason): throw RunLengths.Damage(reason: reason)
    case .polygons(let polygons):
      var mask = GrayImage(width: size.width, height: size.height, fill: 0)
      var crossings = GrayImage.mostCrossings
      for polygon in polygons { try mask.fill(polygon.map { $0 * scale }, &crossings) }
      return mask
    case .runs(let runs):
      guard runs.width == size.width, runs.height == size.height else {
        throw RunLengths.Damage(
          reason: "its mask is \(runs.width)×\(runs.height) pixels, the picture \(size)")
      }
      return runs.picture
    case .window(let window):
      guard let box, let place = PixelRectangle(box, inWidth: size.width, height: size.height)
      else { throw RunLengths.Damage(reason: "its mask has no box") }
      var mask = GrayImage(width: size.width, height: size.height, fill: 0)
      mask.draw(
        window.resized(width: place.width, height: place.height, filter: .nearest), x: place.x,
        y: place.y)
      return mask
    }
  }
}

extension GrayImage {
  /// How often an object's outline may cross a row: far more than any drawn by hand does.
  fileprivate static let mostCrossings = 1 << 24

  /// Fills a closed polygon with white: pixels whose centres lie inside, by the even–odd rule.
  ///
  /// - Parameters:
  ///   - corners: in pixels.
  ///   - crossings: that are still allowed.
  /// - Throws: ``RunLengths/Damage`` for coordinates that are no pixels and for outlines that would take
  ///   too long.
  fileprivate mutating func fill(
    _ corners: [SIMD2<Double>], _ crossings: inout Int
  ) throws(RunLengths.Damage) {
    // Further away, differences of coordinates would not be numbers.
    guard corners.allSatisfy({ abs($0.x) <= 1e9 && abs($0.y) <= 1e9 }) else {
      throw RunLengths.Damage(reason: "its outline has corners far from any picture")
    }
    let edges = zip(corners, corners.dropFirst() + corners.prefix(1))
    let spans = edges.map { rows(between: $0.y, $1.y) }
    crossings -= spans.reduce(0) { $0 + $1.count }
    guard crossings >= 0 else {
      throw RunLengths.Damage(reason: "its outline crosses too many rows")
    }
    var places = [[Double]](repeating: [], count: height)
    for ((a, b), rows) in zip(edges, spans) {
      for y in rows {
        let share = (Double(y) + 0.5 - a.y) / (b.y - a.y)
        places[y].append(a.x + share * (b.x - a.x))
      }
    }
    for (y, unsorted) in places.enumerated() where !unsorted.isEmpty {
      let places = unsorted.sorted()
      for i in stride(from: 0, to: places.count - 1, by: 2) {
        let (first, end) = (column(places[i]), column(places[i + 1]))
        for x in first..<max(end, first) { pixels[y * width + x] = 255 }
      }
    }
  }

  /// Rows whose centres lie between two heights; half-open, so that a corner counts once.
  private func rows(between a: Double, _ b: Double) -> Range<Int> {
    let first = limited((min(a, b) - 0.5).rounded(.up), height)
    return first..<max(limited((max(a, b) - 0.5).rounded(.up), height), first)
  }

  /// The first column whose centre does not lie left of a place.
  private func column(_ x: Double) -> Int { limited((x - 0.5).rounded(.up), width) }

  private func limited(_ value: Double, _ most: Int) -> Int {
    Int(min(max(value, 0), Double(most)))
  }
}
