import Autograd
import Foundation
import Support
import Tensors

/// CLIP as published for transformers (`clip-vit-large-patch14`): its vision tower is where an image
/// encoder's training starts.
public struct CLIPFolder: Sendable {
  public let path: String
  /// Sizes of the tower.
  public let configuration: ImageEncoderConfiguration

  /// Whether a path looks like such a folder rather than a whole model.
  public static func looksLikeOne(_ path: String) -> Bool {
    FileSystem.exists("\(path)/config.json")
  }

  /// - Throws: what is wrong with its config.json.
  public init(at path: String) throws {
    self.path = path
    configuration = try ImageEncoderConfiguration(
      contentsOf: URL(fileURLWithPath: "\(path)/config.json"))
  }

  /// Gives the tower its weights; mapper, projection and null vector stay as they are.
  ///
  /// - Returns: what the folder holds besides.
  /// - Throws: ``ModelFolderError``, what is wrong with the file.
  public func load(into encoder: Component<ImageEncoder>) throws -> SkippedParts {
    let file = try openTensors(WeightFiles.path(in: path, .imageEncoder))
    let tower = encoder.parameters.parameters.filter {
      $0.name.hasPrefix(ImageEncoder.towerPrefix)
    }
    let found = FoundWeights(
      .imageEncoder, file,
      maps: ["vision_model", ""].map { NameMap(configuration.towerNames(below: $0)) },
      skip: SkippedWeights.inCLIP)
    let fitted = found.fitted(to: tower)
    if let misfit = fitted.misfit { throw ModelFolderError.mismatch([misfit]) }
    if let problem = try InspectedWeights(fitted).problem {
      throw ModelFolderError.broken([problem])
    }
    for parameter in tower { parameter.load(from: try fitted.view.reader(of: parameter.name)) }
    return SkippedParts(weights: found.skipped, other: (file as? TorchFile)?.ignored ?? [])
  }
}
