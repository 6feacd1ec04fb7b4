import Foundation
import Pictures

/// What OpenCV, Pillow and bezier make of small pictures (Tests/Golden/synthesis.py).
struct SynthesisGolden: Decodable {
  struct Polygon: Decodable {
    var points: [[Int]]
    var rows: [String]
  }

  struct Edge: Decodable {
    /// x0, y0, x1, y1 and the grown box's y0.
    var box: [Int]
    var points: [[Double]]
  }

  var width, height: Int
  var picture: [UInt8]
  var angle: Float
  var rotated: [UInt8]
  var corners, moved: [[Double]]
  var affine: [UInt8]
  var dx, dy: [Float]
  var remapped: [UInt8]
  var blur3, blur5, blur7: [UInt8]
  var resized, antialiased: [String: [Float]]
  var polygons: [Polygon]
  var edges: [Edge]

  static func load() throws -> SynthesisGolden {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "../Golden/synthesis.json")
    return try JSONDecoder().decode(SynthesisGolden.self, from: Data(contentsOf: file))
  }

  var image: Image { Image(width: width, height: height, pixels: picture) }
}
