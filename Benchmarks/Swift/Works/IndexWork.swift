import Datasets
import Tensors

/// The manifest of an OpenImages table, of pictures that are taken to be there and of one size.
struct IndexWork: Work {
  private var indexer: DatasetIndexer

  init(_ options: WorkOptions) throws {
    indexer = DatasetIndexer(
      dataset: try options.required(\.dataset, "--dataset"), split: .train,
      output: try options.required(\.output, "--output"))
    indexer.assumedSize = (width: 1024, height: 768)
  }

  func run(_ name: String) throws -> () throws -> [String: Tensor] {
    let report = try indexer.run()
    return {
      [
        "pictures": Tensor([1], [Float(report.pictures.kept)]),
        "boxes": Tensor([1], [Float(report.boxes.kept)]),
      ]
    }
  }
}
