/// Width × height in pixels.
public struct PictureSize: Sendable, Hashable, Codable, CustomStringConvertible {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  package init(_ picture: some Raster) {
    self.init(width: picture.width, height: picture.height)
  }

  public var description: String { "\(width)×\(height)" }
}
