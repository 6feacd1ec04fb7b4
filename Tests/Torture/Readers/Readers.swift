import Autograd
import Datasets
import Evaluation
import Foundation
import Inference
import Models
import Pictures
import Support
import Tensors
import Training

extension Reader {
  /// Every reader of files from outside.
  public static let all = pictures + weights + texts

  private static let pictures = [
    Reader("picture") { input in
      let decoded = try ImageFile.read(input.data, name: "x", evenIfCutShort: true)
      _ = decoded.image(on: .reference)
    },
    Reader("mask") { input in _ = try ImageFile.readMask(input.data, name: "x") },
    Reader("header") { input in
      _ = try? ImageFile.text(input.file("x.png"))
      _ = try ImageFile.header(input.data, name: "x")
    },
  ]

  private static let weights = [
    Reader("safetensors") { input in try readAll(of: Safetensors(input.file("x.safetensors"))) },
    Reader("checkpoint") { input in try readAll(of: openTensors(input.file("x.ckpt"))) },
    Reader("shards") { input in try readAll(of: openTensors(input.file("x.index.json"))) },
    Reader("archive") { input in
      try input.bytes.withUnsafeBytes { _ = try ZipArchive($0, path: "x") }
    },
    Reader("pickle") { input in
      try input.bytes.withUnsafeBytes { _ = try Pickle($0, path: "x").root.kind }
    },
    Reader("mixture") { input in
      let path = try input.file("x")
      if (try? StoredMixture(contentsOf: path)) == nil { _ = try GaussianMixture(pickle: path) }
    },
    Reader("statistics") { input in _ = try ReferenceStatistics(contentsOf: input.file("x")) },
    Reader("adapters") { input in
      let model = PaintByExampleModel.tiny
      let notes = try model.merge([AdapterSource(path: input.file("x.safetensors"))])
      _ = (model.unet.parameters.weights, notes)
    },
    Reader("numbers") { input in _ = try NumPyList(bytes: input.bytes, file: "x") },
  ]

  private static let texts = [
    Reader("configuration") { input in
      _ = try TrainingConfiguration.load(files: [input.file("x.yaml")])
    },
    Reader("network") { input in
      guard case .object(let members) = try JSONValue(parsing: input.data) else { return }
      _ = try? UNetConfiguration(members, file: "x")
      _ = try? AutoencoderConfiguration(members, file: "x")
      _ = try? ImageEncoderConfiguration(members, file: "x")
      _ = try? TextEncoderConfiguration(members, file: "x")
    },
    Reader("scheduler") { input in
      _ = try SchedulerConfiguration(contentsOf: URL(filePath: input.file("x.json")))
    },
    Reader("vocabulary") { input in _ = try Tokenizer(at: input.file("x.txt")) },
    Reader("tokenizer") { input in
      // Two files in one: a zero byte parts them.
      let parts = input.bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
      for (name, part) in zip(["vocab.json", "merges.txt"], parts) {
        _ = try Input(bytes: Array(part), folder: "\(input.folder)/tokenizer").file(name)
      }
      _ = try Tokenizer(at: "\(input.folder)/tokenizer")
    },
    Reader("manifest") { input in
      let dataset = try Dataset.open(path: input.file("x.jsonl"), split: .train)
      for record in dataset.prefix(100) { _ = record.boxes }
    },
    Reader("boxes") { input in
      _ = try input.file("data/annotations/validation-annotations-bbox.csv")
      var indexer = DatasetIndexer(
        dataset: "\(input.folder)/data", split: .validation, output: "\(input.folder)/index.jsonl")
      indexer.assumedSize = (64, 64)
      _ = try indexer.run()
    },
    Reader("coco") { input in
      try importing(.coco, input.file("in/instances_x.json"), in: input.folder)
    },
    Reader("labels") { input in
      _ = try input.file("in/labels/train/a.txt")
      try importing(.yolo, "", in: input.folder)
    },
    Reader("samples") { input in
      try importing(.fiftyone, input.file("in/samples.json"), in: input.folder)
    },
    Reader("description") { input in _ = try YOLODescription(contentsOf: input.file("x.yaml")) },
    Reader("jobs") { input in
      _ = try JobManifest(input.file("x.jsonl"), output: input.folder) { _ in }
    },
    Reader("answers") { input in
      _ = try StudyAnalysis(
        files: [input.file("x.csv")], study: nil, resamples: StudyResamples(means: 10, strengths: 2)
      )
    },
    Reader("means") { input in
      _ = try MeansAnalysis(table: input.file("x.csv"), raters: 10, groups: 10)
    },
    Reader("json") { input in
      try input.bytes.withUnsafeBytes { bytes in
        var scanner = JSONScanner(bytes)
        _ = try? scanner.skip()
        _ = try StrictJSON(parsing: bytes)
      }
    },
    Reader("prompt") { input in
      _ = try PromptTemplate(String(decoding: input.bytes, as: UTF8.self))
    },
  ]

  /// Imports a folder with a picture of 64×64 pixels, of which the file says something.
  private static func importing(
    _ layout: ImportLayout, _ file: String, in folder: String
  ) throws {
    for name in ["in/a.png", "in/data/a.png", "in/images/train/a.png"] {
      let url = URL(filePath: "\(folder)/\(name)")
      guard !FileManager.default.fileExists(atPath: url.path) else { continue }
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Image(width: 64, height: 64).writePNG(to: url.path)
    }
    var importer = DatasetImporter(layout, folder: "\(folder)/in", output: "\(folder)/out.jsonl")
    if layout == .coco { importer.annotations = file }
    try? FileManager.default.removeItem(atPath: importer.masksPath)
    _ = try importer.run()
  }

  /// Converts every tensor of a file to numbers.
  private static func readAll(of file: some TensorFile) throws {
    for name in file.layouts.keys.sorted().prefix(64) { _ = try file.reader(of: name)().count }
  }
}

extension PaintByExampleModel {
  /// A new one, as small as there can be, for what is merged with a model.
  fileprivate static var tiny: PaintByExampleModel {
    var unet = UNetConfiguration()
    (unet.blockOutChannels, unet.attentionLevels, unet.layersPerBlock) = (
      [4, 4], [false, true], 1
    )
    (unet.attentionHeads, unet.crossAttentionDimension, unet.normGroups) = (1, 4, 2)
    var autoencoder = AutoencoderConfiguration()
    (autoencoder.blockOutChannels, autoencoder.layersPerBlock, autoencoder.normGroups) = ([4], 1, 2)
    var encoder = ImageEncoderConfiguration()
    (encoder.hiddenSize, encoder.intermediateSize, encoder.layers, encoder.heads) = (4, 8, 1, 1)
    (encoder.patchSize, encoder.imageSize, encoder.projectionDimension) = (4, 8, 4)
    return PaintByExampleModel(
      unet: Component<UNet>(unet), autoencoder: Component<Autoencoder>(autoencoder),
      conditioner: ImageConditioner(Component<ImageEncoder>(encoder)),
      schedule: NoiseSchedule(), prediction: .noise, latentScale: 1)
  }
}
