import Datasets
import Foundation
import Pictures
import Testing

/// What an image encoder learns from: the drawn object's class and its picture before augmentation.
@Suite struct ExemplarProducerTests {
  private let folder = NSTemporaryDirectory() + "pbe-exemplars-\(UUID().uuidString)"

  /// Red on the left, blue on the right.
  private func record(labels: [String]) throws -> DatasetRecord {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let pixels = (0..<64 * 64).flatMap { $0 % 64 < 32 ? [200, 20, 20] : [20, 20, 200] as [UInt8] }
    let path = "\(folder)/halves.png"
    try Image(width: 64, height: 64, pixels: pixels).writePNG(to: path)
    return DatasetRecord(
      image: path, boxes: [Box(2, 8, 28, 56), Box(36, 8, 62, 56)], labels: labels)
  }

  private func items(
    _ record: DatasetRecord, _ settings: TripletSettings = TripletSettings(), count: Int = 24
  ) throws -> ExemplarBatch {
    let producer = try ExemplarProducer(settings, classes: ["blue", "red"], drawingSize: 8)
    return try BatchSource(producer, count: 1, batchSize: count, seed: 3) { _ in record }
      .batch(at: DataPosition())
  }

  @Test func theLabelIsOfTheObjectThatIsSeen() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let batch = try items(record(labels: ["red", "blue"]))
    #expect(Set(batch.labels) == [0, 1])
    for (i, label) in batch.labels.enumerated() {
      let middle = ((i * 8 + 4) * 8 + 4) * 3
      let (red, blue) = (batch.drawing.values[middle], batch.drawing.values[middle + 2])
      #expect(label == (blue > red ? 0 : 1))
    }
  }

  @Test func oneLabelIsOfAllObjectsAndAnUnknownOneOfNone() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(Set(try items(record(labels: ["red"])).labels) == [1])
    #expect(Set(try items(record(labels: ["green", "blue"])).labels) == [nil, 0])
    #expect(Set(try items(record(labels: [])).labels) == [nil])
  }

  @Test func theDrawingShowsTheExemplarAsItWasAndTheReferenceAsItBecame() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let record = try record(labels: ["red"])
    var still = TripletSettings()
    still.augmentation.flip.enabled = false
    still.augmentation.rotate.enabled = false
    still.augmentation.blur.enabled = false
    still.augmentation.elastic.enabled = false
    let (plain, augmented) = (try items(record, still), try items(record))
    #expect(plain.drawing == augmented.drawing)
    #expect(plain.reference != augmented.reference)
  }
}
