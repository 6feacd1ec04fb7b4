import Pictures
import Support

/// Results side by side: a row a seed, a column a guidance scale, source and reference before them.
struct SimilarityGrid {
  private let source: Image
  private let reference: Image
  private let scales: [Float]
  private var rows: [(seed: UInt64, pictures: [Image])] = []

  init(source: Image, reference: Image, scales: [Float]) {
    self.source = Self.reduced(source)
    self.reference = Self.reduced(reference)
    self.scales = scales
  }

  /// Adds a result; a seed's results are added in the order of the scales.
  mutating func add(_ picture: Image, seed: UInt64) {
    let picture = Self.reduced(picture)
    if let row = rows.firstIndex(where: { $0.seed == seed }) {
      rows[row].pictures.append(picture)
    } else {
      rows.append((seed, [picture]))
    }
  }

  func image() -> Image {
    // Letters need some room.
    let enlargement = max(1, 128 / Double(max(source.width, source.height)))
    var sheet = ContactSheet(
      columns: ["source", "reference"] + scales.map { "scale \($0.shortest)" },
      cellWidth: max(Int(Double(source.width) * enlargement), 96),
      cellHeight: max(Int(Double(source.height) * enlargement), 32))
    for row in rows {
      sheet.addRow([source, reference] + row.pictures, caption: "seed\n\(row.seed)")
    }
    return sheet.image()
  }

  private static let longestSide = 512

  /// No larger than a cell, so that many results fit into memory and on the screen.
  private static func reduced(_ image: Image) -> Image {
    let longest = max(image.width, image.height)
    guard longest > longestSide else { return image }
    return image.resized(
      width: max(image.width * longestSide / longest, 1),
      height: max(image.height * longestSide / longest, 1), filter: .bicubic)
  }
}
