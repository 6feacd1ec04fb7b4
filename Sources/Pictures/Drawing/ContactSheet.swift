/// A table of pictures in equal cells on a light ground, with captions over columns and beside rows.
///
/// ```swift
/// var sheet = ContactSheet(columns: ["source", "mask", "result"], cellSize: 128)
/// sheet.addRow([source, mask.rgb(), result], caption: "seed 42")
/// try sheet.image().writePNG(to: "sheet.png")
/// ```
public struct ContactSheet: Sendable {
  public let columns: [String]
  public let cellWidth: Int
  public let cellHeight: Int
  private var rows: [(images: [Image], caption: [String])] = []

  /// - Parameters:
  ///   - columns: the columns' captions, which also fix their number; may be empty strings.
  ///   - cellSize: side of the square cells, in pixels.
  public init(columns: [String], cellSize: Int) {
    self.init(columns: columns, cellWidth: cellSize, cellHeight: cellSize)
  }

  public init(columns: [String], cellWidth: Int, cellHeight: Int) {
    precondition(!columns.isEmpty && cellWidth > 0 && cellHeight > 0)
    self.columns = columns
    self.cellWidth = cellWidth
    self.cellHeight = cellHeight
  }

  /// Adds a row of at most as many pictures as there are columns. Each is scaled to fit its cell and
  /// centred. The caption may have several lines.
  public mutating func addRow(_ images: [Image], caption: String? = nil) {
    precondition(images.count <= columns.count, "more pictures than columns")
    let lines = caption?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    rows.append((images.map(fitted), lines.map(String.init)))
  }

  /// Draws the sheet.
  public func image() -> Image {
    let layout = Layout(self)
    var sheet = Image(width: layout.width, height: layout.height, fill: Self.ground)
    for (column, lines) in layout.header.lines.enumerated() {
      drawHeader(lines, left: layout.left(column), bottom: layout.top(0), layout.header, &sheet)
    }
    for (row, content) in rows.enumerated() {
      let top = layout.top(row)
      for (line, text) in content.caption.enumerated() {
        let height = content.caption.count * Self.lineHeight
        let y = top + (cellHeight - height) / 2 + line * Self.lineHeight
        sheet.draw(text, x: Self.margin, y: y, scale: 2, colour: Self.ink)
      }
      for (column, picture) in content.images.enumerated() {
        sheet.draw(
          picture, x: layout.left(column) + (cellWidth - picture.width) / 2,
          y: top + (cellHeight - picture.height) / 2)
      }
    }
    return sheet
  }

  /// Lines centred over their column, the last one close to the pictures.
  private func drawHeader(
    _ lines: [String], left: Int, bottom: Int, _ header: Header, _ sheet: inout Image
  ) {
    for (line, text) in lines.enumerated() {
      let width = (text.count * BitmapFont.advance - 1) * header.scale
      let y = bottom - Self.gap / 2 - (lines.count - line) * header.lineHeight
      sheet.draw(
        text, x: left + (cellWidth - width) / 2, y: y, scale: header.scale, colour: Self.ink)
    }
  }

  private func fitted(_ image: Image) -> Image {
    let scale = min(
      Double(cellWidth) / Double(image.width), Double(cellHeight) / Double(image.height))
    return image.resized(
      width: max(1, min(cellWidth, Int((Double(image.width) * scale).rounded()))),
      height: max(1, min(cellHeight, Int((Double(image.height) * scale).rounded()))),
      filter: .bicubic)
  }

  /// The columns' captions, broken into lines at spaces: large letters if every word fits its
  /// column, else small ones, and what is still too long is cut off.
  private struct Header {
    let scale: Int
    let lines: [[String]]

    init(_ columns: [String], width: Int) {
      let words = columns.map { $0.split(separator: " ") }
      let longest = words.joined().map(\.count).max() ?? 0
      let scale = longest * BitmapFont.advance * 2 <= width ? 2 : 1
      let limit = max(1, width / (BitmapFont.advance * scale))
      self.scale = scale
      lines = words.map { words in
        words.reduce(into: [String]()) { lines, word in
          if let last = lines.last, last.count + 1 + word.count <= limit {
            lines[lines.count - 1] = "\(last) \(word)"
          } else {
            lines.append(String(word.prefix(limit)))
          }
        }
      }
    }

    var lineHeight: Int { (BitmapFont.height + 2) * scale }
    var height: Int { (lines.map(\.count).max() ?? 0) * lineHeight }
  }

  /// Where cells lie.
  private struct Layout {
    let sheet: ContactSheet
    let header: Header
    private let captionWidth: Int

    init(_ sheet: ContactSheet) {
      self.sheet = sheet
      header = Header(sheet.columns, width: sheet.cellWidth)
      let longest = sheet.rows.flatMap(\.caption).map(\.count).max() ?? 0
      captionWidth = longest == 0 ? 0 : longest * BitmapFont.advance * 2 + gap
    }

    func left(_ column: Int) -> Int { margin + captionWidth + column * (sheet.cellWidth + gap) }
    func top(_ row: Int) -> Int { margin + header.height + row * (sheet.cellHeight + gap) }
    var width: Int { left(sheet.columns.count) - gap + margin }
    var height: Int { max(top(sheet.rows.count) - gap, top(0)) + margin }
  }

  private static let margin = 16
  private static let gap = 8
  private static let lineHeight = BitmapFont.height * 2 + 4
  private static let ground: (UInt8, UInt8, UInt8) = (246, 246, 244)
  private static let ink: (UInt8, UInt8, UInt8) = (64, 64, 72)
}

extension Image {
  /// Writes one line of text in the built-in font; what lies outside the picture is cut off.
  public mutating func draw(
    _ text: String, x: Int, y: Int, scale: Int, colour: (UInt8, UInt8, UInt8)
  ) {
    let (width, height) = (width, height)
    BitmapFont.forEachDot(of: text) { column, row in
      let (left, top) = (x + column * scale, y + row * scale)
      for y in max(0, top)..<max(0, min(height, top + scale), top) {
        for x in max(0, left)..<max(0, min(width, left + scale), left) {
          let first = (y * width + x) * 3
          pixels[first] = colour.0
          pixels[first + 1] = colour.1
          pixels[first + 2] = colour.2
        }
      }
    }
  }
}
