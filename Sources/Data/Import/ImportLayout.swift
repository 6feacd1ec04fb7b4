/// How other programs lay pictures and what is marked on them out in a folder.
public enum ImportLayout: String, CaseIterable, Sendable, Codable {
  /// COCO's `instances_*.json`, with boxes and segmentations.
  case coco
  /// Ultralytics' YOLO: `images/` and `labels/`, with `data.yaml` where there is one.
  case yolo
  /// FiftyOne's own export, a FiftyOneDataset: `samples.json` and `data/`.
  case fiftyone
  /// Pictures in a folder, with or without masks beside them.
  case folder
  /// People and what they wear, as VITON-HD has them: `image/`, `cloth/` and masks.
  case pairs
}

/// A folder that is imported, and what was said about it.
struct ImportSource {
  var folder: String
  /// Nil for the only one, or the one to train on.
  var split: DatasetSplit?
  /// COCO's annotations, where they are not found by themselves.
  var annotations: String?
  /// Of FiftyOne's samples, where several hold detections.
  var field: String?
  /// What YOLO's `data.yaml` says.
  var yolo = YOLODescription()
  /// Whether all pictures of a folder show the same object.
  var showsOneObject = false
}

/// A layout's reader: hands over its pictures one after the other.
protocol ImportReader {
  /// - Throws: `DatasetError` for what is no such layout; what `sink` throws.
  static func read(_ source: ImportSource, into sink: inout ImportSink) throws
}

extension ImportLayout {
  var reader: any ImportReader.Type {
    switch self {
    case .coco: COCOLayout.self
    case .yolo: YOLOLayout.self
    case .fiftyone: FiftyOneLayout.self
    case .folder: FolderLayout.self
    case .pairs: PairsLayout.self
    }
  }
}
