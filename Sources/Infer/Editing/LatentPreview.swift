import Autograd
import Models
import Pictures
import Tensors

/// How latents look, nearly and at once: what the model's tiny decoder makes of them, or, where it has none,
/// a linear map of each position's channels to its colour. Decoding them by the autoencoder would take as long
/// as several steps of sampling.
///
/// The map is fitted by least squares to what the model's own autoencoder makes of patches of many colours,
/// so that it suits any autoencoder.
public struct LatentPreview: Sendable {
  /// A row for each channel and one for the constant, three columns: colours in [−1, 1].
  private let map: [[Double]]
  private let decoder: Component<TinyDecoder>?

  public init(_ model: PaintByExampleModel) {
    decoder = model.tinyDecoder
    map = decoder == nil ? Self.map(of: model) : []
  }

  private static func map(of model: PaintByExampleModel) -> [[Double]] {
    let side = max(model.pictureSize / model.sizeMultiple, 1) * model.sizeMultiple
    let positions = side / model.downsampling
    var equations = LeastSquares(
      unknowns: model.autoencoder.network.configuration.latentChannels + 1)
    var random = RandomStream(seed: 0, purpose: "preview")
    for _ in 0..<max(enough / (positions * positions), 1) {
      let colours = random.patches(positions)
      let latents = model.latents(from: model.moments(of: colours.enlarged(side)), noise: nil)
      latents.forEachPosition { place, channels in
        equations.add(channels + [1], colours.colour(place))
      }
    }
    return equations.solution
  }

  /// Positions to fit to, of which each channel's weight needs only a few.
  private static let enough = 512

  /// A picture of a pixel for each position, or the tiny decoder's.
  ///
  /// - Shape: `latents [1, h, w, C]`, scaled as the network has them.
  public func image(of latents: Tensor) -> Image {
    if let decoder {
      return Image(withoutGradients { decoder.network(Variable(latents)).value })
    }
    var pixels: [Float] = []
    latents.forEachPosition { _, channels in
      for colour in 0..<3 {
        let sum = zip(channels, map).reduce(map[channels.count][colour]) {
          $0 + $1.0 * $1.1[colour]
        }
        pixels.append(Float(sum))
      }
    }
    let (height, width) = (latents.shape[1], latents.shape[2])
    return Image(Tensor([1, height, width, 3], pixels))
  }
}

/// Patches of one colour each, two positions of latents wide, so that many positions see one colour alone.
private struct Patches {
  let count: Int
  let colours: [[Double]]

  func colour(_ place: Int) -> [Double] {
    let (x, y) = (place % count, place / count)
    return colours[y / 2 * ((count + 1) / 2) + x / 2]
  }

  /// - Shape: → `[1, side, side, 3]`.
  func enlarged(_ side: Int) -> Tensor {
    let scale = side / count
    return Tensor([1, side, side, 3]) { output in
      for y in 0..<side {
        for x in 0..<side {
          let colour = colour(y / scale * count + x / scale)
          for channel in 0..<3 { output[(y * side + x) * 3 + channel] = Float(colour[channel]) }
        }
      }
    }
  }
}

extension RandomStream {
  fileprivate mutating func patches(_ count: Int) -> Patches {
    let side = (count + 1) / 2
    return Patches(
      count: count,
      colours: (0..<side * side).map { _ in
        (0..<3).map { _ in Double(2 * uniform() - 1) }
      })
  }
}

extension Tensor {
  /// Calls `body` with each position of one picture and its channels.
  fileprivate func forEachPosition(_ body: (Int, [Double]) -> Void) {
    let (channels, values) = (shape[3], values)
    for place in 0..<shape[1] * shape[2] {
      body(place, (0..<channels).map { Double(values[place * channels + $0]) })
    }
  }
}

/// Linear equations with more rows than unknowns, three right-hand sides each.
private struct LeastSquares {
  private let unknowns: Int
  /// The normal equations: a row for each unknown, the right-hand sides last.
  private var rows: [[Double]]

  init(unknowns: Int) {
    self.unknowns = unknowns
    rows = Array(repeating: Array(repeating: 0, count: unknowns + 3), count: unknowns)
  }

  mutating func add(_ factors: [Double], _ values: [Double]) {
    let all = factors + values
    for (row, factor) in factors.enumerated() {
      for column in all.indices { rows[row][column] += factor * all[column] }
    }
  }

  /// The unknowns, three columns; by elimination. Where the equations say nothing, small ones.
  var solution: [[Double]] {
    var rows = rows
    let trace = rows.indices.reduce(0) { $0 + rows[$1][$1] }
    for place in rows.indices { rows[place][place] += 1e-6 * trace + .leastNormalMagnitude }
    for pivot in rows.indices {
      for row in rows.indices where row != pivot {
        let factor = rows[row][pivot] / rows[pivot][pivot]
        for column in pivot..<unknowns + 3 { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    return rows.enumerated().map { place, row in row[unknowns...].map { $0 / row[place] } }
  }
}
