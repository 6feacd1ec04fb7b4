import Datasets
import Tensors

/// A batch of training examples from picture files: all of a manifest's pictures, in their order.
///
/// What is random in them cannot be compared with a peer; of a square picture, which is neither
/// cropped nor zoomed, the picture itself can. The manifest's first is one.
struct TripletWork: Work {
  private let source: BatchSource<TripletProducer>
  private var epoch = 0

  init(_ options: WorkOptions) throws {
    let dataset = try Dataset.open(path: options.required(\.dataset, "--dataset"), split: .train)
    source = try BatchSource(
      TripletProducer(TripletSettings()), count: dataset.count, batchSize: dataset.count, seed: 1,
      shuffles: false
    ) { dataset[$0] }
  }

  mutating func run(_ name: String) throws -> () throws -> [String: Tensor] {
    let batch = try source.batch(at: DataPosition(epoch: epoch))
    epoch += 1
    return { ["image": batch.image.slice(0..<1, axis: 0).channelsFirst] }
  }
}
