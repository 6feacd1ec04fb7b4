import Autograd
import Models

/// What makes pictures of latents.
public enum DecoderChoice: Sendable, Equatable, CustomStringConvertible {
  /// The autoencoder's decoder.
  case full
  /// The tiny decoder that the model's folder holds.
  case tiny
  /// A tiny decoder elsewhere: a file or a folder.
  case elsewhere(String)

  /// `full`, `tiny`, or a path.
  public init(_ text: String) {
    self =
      switch text {
      case "full": .full
      case "tiny": .tiny
      default: .elsewhere(text)
      }
  }

  public var description: String {
    switch self {
    case .full: "full"
    case .tiny: "tiny"
    case .elsewhere(let path): path
    }
  }
}

extension ModelFolder {
  /// Everything that sampling needs, with pictures from that decoder.
  ///
  /// - Throws: as `model(_:)`; `ModelFolderError` where there is no such decoder, or it is for other latents.
  public func model(
    _ choice: WeightChoice, decoder: DecoderChoice
  ) throws -> PaintByExampleModel {
    var model = try model(choice)
    switch decoder {
    case .full: return model
    case .tiny:
      guard model.tinyDecoder != nil else {
        throw ModelFolderError.missingComponent(path, .tinyDecoder)
      }
    case .elsewhere(let path):
      let tiny = try TinyDecoder.load(from: path, choice)
      if let problem = tiny.network.configuration.misfit(to: model) {
        throw ModelFolderError.doesNotFit(path, [problem])
      }
      model.tinyDecoder = tiny
    }
    model.decodesTiny = true
    return model
  }
}
