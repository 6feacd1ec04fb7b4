import Foundation
import Support
import Tensors

/// What a dataset of procedural scenes is made from; the same settings give the same bytes.
public struct SceneSettings: Codable, Equatable, Sendable {
  /// Training pictures; see ``validationImages`` for those that come with them.
  public let images: Int
  /// Cases of the bench.
  public let bench: Int
  /// Width and height of every picture, in pixels.
  public let size: Int
  public let seed: UInt64
  /// What is drawn; nil for ``ShapeClass/standard``.
  public let classes: [ShapeClass]?
  /// Raised whenever the same settings would give other pictures.
  private let generation: Int

  public static let sizes = 16...1024

  public init(images: Int, bench: Int, size: Int, seed: UInt64, classes: [ShapeClass]? = nil) {
    precondition(images >= 0 && bench >= 0 && Self.sizes.contains(size) && classes?.isEmpty != true)
    self.images = images
    self.bench = bench
    self.size = size
    (self.seed, self.classes) = (seed, classes)
    generation = 2
  }

  func scene(_ stream: RandomStream) -> Scene {
    Scene(stream: stream, classes: classes ?? ShapeClass.standard)
  }

  /// Pictures of the validation split: 5 % beside the training pictures, at least 32.
  public var validationImages: Int { images == 0 ? 0 : max(32, images / 20) }
}

extension SceneSettings: SettingMessage {
  public func text(naming name: (String) -> String) -> String {
    let classes = classes.map { [("classes", $0.map(\.rawValue).joined(separator: ","))] } ?? []
    return
      ([
        ("images", "\(images)"), ("bench", "\(bench)"), ("size", "\(size)"), ("seed", "\(seed)"),
      ] + classes)
      .map { "\(name($0)) \($1)" }.joined(separator: " ")
      + (generation == 2 ? "" : " of generation \(generation)")
  }
}

/// Why a dataset of scenes can't be written.
public enum SceneError: Error, Equatable, SettingMessage {
  case otherSettings(folder: String, found: SceneSettings, asked: SceneSettings)
  case foreignFolder(folder: String, entry: String)
  case unreadableSettings(file: String, reason: String)
  case notAFolder(path: String)

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .otherSettings(let folder, let found, let asked):
      "\(folder): holds scenes made with \(found.text(naming: name)), but "
        + "\(asked.text(naming: name)) was asked for; choose another \(name("output")) or remove the folder"
    case .foreignFolder(let folder, let entry):
      "\(folder): has a folder '\(entry)' that pbe-data scenes did not make; "
        + "choose a new or empty \(name("output"))"
    case .unreadableSettings(let file, let reason):
      "\(file): not the settings of a scenes dataset (\(reason)); "
        + "remove the dataset's folder and make it again"
    case .notAFolder(let path):
      "\(path): is a file, expected a folder; choose another \(name("output"))"
    }
  }
}
