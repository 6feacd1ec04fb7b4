import Datasets
import Foundation
import Pictures
import Support
import Synchronization
import Tensors
import Testing

/// Items that say where they come from: `[record, a random number]`.
private struct Numbers: ItemProducer {
  struct Fields: Sendable {
    let numbers: BatchField
  }

  var bad: Set<Int> = []
  /// Those that the disk fails to read, or the system for lack of descriptors.
  var unanswered: [Int: Int32] = [:]
  let made = Counter()

  func fields(count: Int) -> Fields { Fields(numbers: BatchField([2], count: count)) }

  func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws {
    made.add()
    let number = Int(record.image) ?? -1
    if number % 3 == 0 { Thread.sleep(forTimeInterval: 0.0005) }  // finish out of order
    item.numbers[0] = Float(number)
    item.numbers[1] = random.uniform()
    if let code = unanswered[number] {
      throw ImageError.unreadable(.fromErrno(code, path: record.image, operation: "read"))
    }
    if bad.contains(number) { throw ImageError.empty(name: record.image) }
  }

  func batch(_ fields: Fields) -> Tensor { fields.numbers.tensor }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  func add() { count.withLock { $0 += 1 } }
  var value: Int { count.withLock { $0 } }
}

@Suite struct LoaderTests {
  private func source(
    _ count: Int = 23, batchSize: Int = 4, seed: UInt64 = 1, shuffles: Bool = true,
    bad: Set<Int> = []
  ) throws -> BatchSource<Numbers> {
    try BatchSource(
      Numbers(bad: bad), count: count, batchSize: batchSize, seed: seed, shuffles: shuffles
    ) { DatasetRecord(image: "\($0)", origin: "record \($0)") }
  }

  private func records(_ batches: [Tensor]) -> [Int] {
    batches.flatMap { batch in
      stride(from: 0, to: batch.count, by: 2).map { Int(batch.values[$0]) }
    }
  }

  @Test(arguments: [0, 1, 2, 5])
  func batchesDoNotDependOnTheNumberOfThreads(workers: Int) throws {
    let source = try source(bad: [3, 4, 17])
    let loader = BatchLoader(source, workers: workers)
    for number in 0..<17 {
      let position = DataPosition(epoch: number / 5, index: number % 5)
      #expect(loader.position == position)
      #expect(try loader.next() == source.batch(at: position))
    }
    #expect(loader.waitSeconds >= 0)
  }

  @Test func aResumedLoaderGoesOnWithTheSameBatches() throws {
    let source = try source(bad: [8])
    let whole = BatchLoader(source, workers: 2)
    let batches = try (0..<14).map { _ in try whole.next() }
    for start in [1, 4, 5, 9] {
      let position = DataPosition(epoch: start / 5, index: start % 5)
      let resumed = BatchLoader(try self.source(bad: [8]), from: position, workers: 3)
      for expected in batches[start...] { #expect(try resumed.next() == expected) }
    }
  }

  @Test func anEpochVisitsEachRecordOnceInAnOrderOfItsOwn() throws {
    let loader = BatchLoader(try source(20), workers: 2)
    let epochs = try (0..<3).map { _ in records(try (0..<5).map { _ in try loader.next() }) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<20)) }
    #expect(Set(epochs).count == 3)
    #expect(epochs.allSatisfy { $0 != Array(0..<20) })
    let other = try source(20, seed: 2)
    #expect(records(try (0..<5).map { try other.batch(at: DataPosition(index: $0)) }) != epochs[0])
  }

  @Test func validationKeepsTheDatasetsOrder() throws {
    let source = try source(10, shuffles: false)
    let batches = try (0..<2).map { try source.batch(at: DataPosition(epoch: 3, index: $0)) }
    #expect(records(batches) == Array(0..<8))
  }

  @Test func theLastPartialBatchIsDroppedAndAShortDatasetRepeated() throws {
    #expect(try source(23).batchesPerEpoch == 5)
    let short = try source(3, batchSize: 8)
    #expect(short.batchesPerEpoch == 1)
    #expect(Set(records([try short.batch(at: DataPosition())])) == [0, 1, 2])
  }

  @Test func randomNumbersDifferBetweenItemsAndEpochs() throws {
    let source = try source(12)
    let draws = try (0..<4).flatMap { epoch in
      try (0..<3).flatMap { index in
        let values = try source.batch(at: DataPosition(epoch: epoch, index: index)).values
        return stride(from: 1, to: values.count, by: 2).map { values[$0] }
      }
    }
    #expect(Set(draws).count == draws.count)
  }

  @Test func unusableRecordsAreReplacedByTheNextAndCountedOnce() throws {
    let clean = try source(20, batchSize: 20)
    let source = try source(20, batchSize: 20, bad: [5, 6])
    let order = records([try clean.batch(at: DataPosition())])
    for epoch in 0..<3 {
      let batch = try source.batch(at: DataPosition(epoch: epoch))
      #expect(!records([batch]).contains(5) && !records([batch]).contains(6))
    }
    let replaced = records([try source.batch(at: DataPosition())])
    for (place, record) in order.enumerated() where record != 5 && record != 6 {
      #expect(replaced[place] == record)
    }
    #expect(source.skipped.counts == ["empty file": 2])
    #expect(source.skipped.first.count == 2)
    #expect(source.skipped.description.hasPrefix("2 pictures skipped: 2 empty file\n  record "))
    // Tried once each: three epochs of 20, and the first again, and two that failed.
    #expect(source.producer.made.value == 82)
  }

  /// To go on with the next picture would change the run.
  @Test(arguments: [EIO, EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR, ESTALE, ENOTCONN], [0, 2])
  func aPictureThatCannotBeReadForNowEndsTheWork(_ code: Int32, workers: Int) throws {
    let source = try BatchSource(
      Numbers(unanswered: [5: code]), count: 8, batchSize: 8, seed: 1
    ) { DatasetRecord(image: "\($0)") }
    let error = #expect(throws: LoaderError.self) {
      try BatchLoader(source, workers: workers).next()
    }
    let message = error?.description ?? ""
    #expect(message.hasPrefix("cannot read 5: \(String(cString: strerror(code)))."))
    #expect(message.contains("a fault of the machine rather than of the picture"))
    #expect(source.skipped.total == 0)
  }

  @Test(arguments: [0, 2])
  func aDatasetInWhichNothingIsReadableIsAnError(workers: Int) throws {
    let loader = BatchLoader(try source(30, bad: Set(0..<30)), workers: workers)
    let error = #expect(throws: LoaderError.self) { try loader.next() }
    #expect(error?.description.contains("30 pictures skipped: 30 empty file") == true)
    #expect(throws: LoaderError.self) { try source(0) }
  }

  @Test func memoryIsBounded() throws {
    let source = try source(100)
    let loader = BatchLoader(source, workers: 3, prefetch: 2)
    _ = try loader.next()
    for _ in 0..<500 where source.producer.made.value < 12 { Thread.sleep(forTimeInterval: 0.01) }
    Thread.sleep(forTimeInterval: 0.02)
    #expect(source.producer.made.value == 12)  // the one handed out and two ahead
    loader.stop()
  }

  @Test func realPicturesMakeTripletsAndBrokenOnesAreNamed() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "loader-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for i in 0..<4 {
      let object = PixelRectangle(x: 10 + i, y: 12, width: 20, height: 18)
      try SynthesisTripletTests.scene(64, 48, object)
        .writeJPEG(to: folder.appending(path: "\(i).jpg").path)
    }
    try Data().write(to: folder.appending(path: "2.jpg"))
    let source = try BatchSource(
      TripletProducer(TripletSettings(imageSize: 32, referenceSize: 24)), count: 5, batchSize: 3,
      seed: 1
    ) { i in
      DatasetRecord(
        image: folder.appending(path: "\(i).jpg").path, boxes: [Box(10, 12, 30, 30)],
        origin: "m.jsonl, line \(i + 1)")
    }
    let loader = BatchLoader(source, workers: 2)
    for epoch in 0..<4 {
      let batch = try loader.next()
      #expect(batch.image.shape == [3, 32, 32, 3] && batch.maskedImage.shape == [3, 32, 32, 3])
      #expect(batch.mask.shape == [3, 32, 32, 1] && batch.reference.shape == [3, 24, 24, 3])
      #expect(batch.box.values.prefix(4) == [10, 12, 30, 30])
      #expect(try batch == source.batch(at: DataPosition(epoch: epoch)))
    }
    #expect(source.skipped.counts == ["empty file": 1, "missing": 1])

    let pictures = try BatchSource(
      PictureProducer(source.producer.synthesizer.settings, holeProbability: 1), count: 1,
      batchSize: 2, seed: 1
    ) { _ in
      DatasetRecord(image: folder.appending(path: "0.jpg").path, boxes: [Box(10, 12, 30, 30)])
    }
    let holed = try pictures.batch(at: DataPosition()).values
    #expect(holed.count { $0 == 0 } > 2 * 3 * 100)
  }

  @Test func picturesThatWereUsedWithAWarningAreCountedOnce() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "loader-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let object = PixelRectangle(x: 10, y: 12, width: 20, height: 18)
    let scene = SynthesisTripletTests.scene(64, 48, object)
    let (sound, mislabelled, faulty, cut) = ("0.jpg", "1.png", "2.jpg", "3.jpg")
    let jpeg = try scene.jpegData()
    let contents = [
      sound: jpeg, mislabelled: jpeg, faulty: jpeg.dropLast(2), cut: jpeg.dropLast(400),
    ]
    for (name, data) in contents { try data.write(to: folder.appending(path: name)) }
    let source = try BatchSource(
      TripletProducer(TripletSettings(imageSize: 32, referenceSize: 24)), count: 4, batchSize: 4,
      seed: 1
    ) { i in
      let path = folder.appending(path: [sound, mislabelled, faulty, cut][i]).path
      return DatasetRecord(image: path, boxes: [Box(10, 12, 30, 30)])
    }
    for epoch in 0..<2 { _ = try source.batch(at: DataPosition(epoch: epoch)) }
    let report = source.skipped
    #expect(report.counts == ["damaged or truncated": 1])
    #expect(report.warned == ["mislabelled": 1, "faulty": 1])
    #expect(report.firstWarnings.count == 2)
    let lines = report.description.split(separator: "\n")
    #expect(lines.count == 5 && lines[0] == "1 picture skipped: 1 damaged or truncated")
    #expect(lines[2] == "2 pictures used with a warning: 1 faulty, 1 mislabelled")
  }

  /// Loaders with a share each make between them what one loader makes.
  @Test(arguments: [0, 2])
  func sharesTogetherAreTheWhole(workers: Int) throws {
    func shared(_ share: Range<Int>) throws -> BatchSource<Numbers> {
      try BatchSource(
        Numbers(), count: 23, batchSize: 2, seed: 1, share: share, of: 4
      ) { DatasetRecord(image: "\($0)") }
    }
    let start = DataPosition(epoch: 1, index: 3)
    let whole = BatchLoader(try source(23, batchSize: 2), from: start, workers: workers)
    let first = BatchLoader(try shared(0..<1), from: start, workers: workers)
    let rest = BatchLoader(try shared(1..<4), from: start, workers: workers)
    for _ in 0..<8 {
      #expect(first.position == whole.position)
      #expect(try first.next() == whole.next())
      for _ in 0..<3 { #expect(try rest.next() == whole.next()) }
    }
  }
}
