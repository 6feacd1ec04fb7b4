import Pictures
import Support
import Tensors

extension Tensor {
  /// A reference as the image encoder takes it: stretched to its size, CLIP's normalisation.
  ///
  /// - Shape: → `[1, size, size, 3]`.
  package init(reference: Image, size: Int) {
    self = reference.resized(width: size, height: size, filter: .bicubic).normalizedForCLIP()
  }

  /// A reference as a model folder's `feature_extractor` makes it.
  ///
  /// - Shape: → `[1, height, width, 3]`.
  /// - Throws: ``PromptError/thinReference(_:)``.
  /// - Source: `CLIPImageProcessorPil` of transformers.
  package init(reference: Image, _ preprocessing: PreprocessorConfiguration) throws {
    let picture = try reference.resized(preprocessing).croppedAroundCentre(preprocessing.crop)
    let factor = Float(preprocessing.rescaleFactor)
    let mean = preprocessing.mean.map { Float($0) }
    let deviation = preprocessing.deviation.map { Float($0) }
    self = FloatImage(
      width: picture.width, height: picture.height, channels: 3,
      pixels: picture.pixels.map { Float($0) * factor }
    ).normalized(mean: mean, deviation: deviation)
  }
}

extension Image {
  /// Longer references would become enormous before they are cut.
  private static let longestProportion = 100

  fileprivate func resized(_ preprocessing: PreprocessorConfiguration) throws -> Image {
    let filter: ResizeFilter =
      switch preprocessing.resampling {
      case .nearest: .nearest
      case .bilinear: .bilinear
      case .bicubic: .bicubic
      }
    switch preprocessing.resize {
    case nil: return self
    case .exactly(let size)?:
      return resized(width: size.width, height: size.height, filter: filter)
    case .shortestEdge(let short)?:
      let (shorter, longer) = (min(width, height), max(width, height))
      guard longer / shorter < Self.longestProportion else {
        throw PromptError.thinReference(PictureSize(self))
      }
      let long = Int(Double(short * longer) / Double(shorter))
      return width <= height
        ? resized(width: short, height: long, filter: filter)
        : resized(width: long, height: short, filter: filter)
    }
  }

  /// The middle of the picture; black where it is smaller. Of an odd number of pixels too many the
  /// greater half is cut at the end, of too few it is added at the start.
  fileprivate func croppedAroundCentre(_ size: PreprocessorConfiguration.Size?) -> Image {
    guard let size else { return self }
    func overlap(_ length: Int, _ wanted: Int) -> (from: Int, to: Int, count: Int) {
      (
        from: max(length - wanted, 0) / 2, to: (max(wanted - length, 0) + 1) / 2,
        count: min(length, wanted)
      )
    }
    let (x, y) = (overlap(width, size.width), overlap(height, size.height))
    var result = Image(width: size.width, height: size.height)
    let middle = PixelRectangle(x: x.from, y: y.from, width: x.count, height: y.count)
    result.draw(cropped(to: middle), x: x.to, y: y.to)
    return result
  }
}
