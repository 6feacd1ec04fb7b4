import Datasets
import Foundation
import Pictures
import Support

/// The boxes of one picture, as rows of OpenImages' tables.
struct SceneAnnotation: Sendable {
  let imageID: String
  private let size: Int
  private let objects: [VisibleObject]
  /// Of the objects.
  private let captions: [Caption]

  /// Objects of which less is visible get no box.
  static let leastVisible: Float = 0.4

  init(_ imageID: String, _ size: Int, _ objects: [VisibleObject], of scene: Scene) {
    self.imageID = imageID
    self.size = size
    self.objects = objects.filter { $0.visibleFraction >= Self.leastVisible }
    captions = self.objects.map { scene.objects[$0.index].caption }
  }

  /// The same as a record of a manifest, which has captions; nil without a box.
  ///
  /// - Parameter masks: of the objects; empty where there are none.
  func record(image: String, masks: [String]) -> DatasetRecord? {
    guard !objects.isEmpty else { return nil }
    return DatasetRecord(
      image: image, width: size, height: size,
      boxes: objects.map { object in
        let box = object.box
        return Box(
          Float(box.x), Float(box.y), Float(box.x + box.width), Float(box.y + box.height))
      },
      labels: objects.map(\.kind.displayName), captions: captions.map(\.details),
      objectMasks: masks)
  }

  /// The files of the objects' masks.
  func maskFiles(of split: SceneSplit) -> [String] {
    objects.indices.map { "\(split.maskFolder)/\(imageID)-\($0).png" }
  }

  /// White where each object is seen.
  ///
  /// - Parameter owners: the object at each pixel.
  func masks(_ owners: [Int8]) -> [GrayImage] {
    objects.map { object in
      GrayImage(
        width: size, height: size, pixels: owners.map { Int($0) == object.index ? 255 : 0 })
    }
  }

  func rows(for split: SceneSplit) -> [String] {
    objects.map { object in
      let box = object.box
      let (right, bottom) = (box.x + box.width, box.y + box.height)
      let isTruncated = box.x == 0 || box.y == 0 || right == size || bottom == size
      var fields = [imageID, "xclick", object.kind.label, "1"]
      fields += [box.x, right, box.y, bottom].map { normalized(Float($0)) }
      fields += [object.visibleFraction < 0.95, isTruncated, false, false, false].map {
        $0 ? "1" : "0"
      }
      return (fields + (split == .train ? clicks(object) : [])).joined(separator: ",")
    }
  }

  /// The four extreme points that the box was drawn from: left, top, right, bottom.
  private func clicks(_ object: VisibleObject) -> [String] {
    let edges: [SIMD2<Float>] = [[0, 0.5], [0.5, 0], [1, 0.5], [0.5, 1]]
    let points = zip(object.extremes, edges).map { SIMD2(Float($0.x), Float($0.y)) + $1 }
    return (points.map(\.x) + points.map(\.y)).map(normalized)
  }

  private func normalized(_ position: Float) -> String {
    Double(position / Float(size)).fixed(6)
  }

  static let classFile = "annotations/oidv7-class-descriptions.csv"

  static func classDescriptions(_ settings: SceneSettings) -> String {
    let classes = settings.classes ?? ShapeClass.standard
    let lines = ["LabelName,DisplayName"] + classes.map { "\($0.label),\($0.displayName)" }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension SceneSplit {
  var annotationFile: String {
    switch self {
    case .train: "annotations/oidv6-train-annotations-bbox.csv"
    case .validation: "annotations/validation-annotations-bbox.csv"
    }
  }

  /// The official header. Only the training table has the annotators' clicks.
  var annotationHeader: String {
    let common =
      "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,"
      + "IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside"
    let clicks =
      ",XClick1X,XClick2X,XClick3X,XClick4X,XClick1Y,XClick2Y,XClick3Y,XClick4Y"
    return self == .train ? common + clicks : common
  }
}
