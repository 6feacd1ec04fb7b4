import Datasets
import Inference
import Models
import Pictures
import Tensors

/// The pictures of `samples/`: fixed validation cases repainted by the model as it is now.
package struct SampleSheet {
  package struct Case: Sendable {
    package let source: Image
    package let mask: GrayImage
    package let reference: Image

    package init(source: Image, mask: GrayImage, reference: Image) {
      self.source = source
      self.mask = mask
      self.reference = reference
    }
  }

  private let cases: [Case]
  private let settings: EditSettings

  package init(_ cases: [Case], _ configuration: SamplesConfiguration) {
    self.cases = cases
    var settings = EditSettings()
    settings.sampler = configuration.sampler
    settings.steps = configuration.steps
    settings.scale = Float(configuration.scale)
    self.settings = settings
  }

  /// A row a case: source, mask, reference, result; of a model with adapters also what it would have
  /// painted without. nil when the run is asked to stop meanwhile.
  package func draw(
    _ model: PaintByExampleModel, adapters: ModelAdapters? = nil,
    _ isStopping: () -> Bool = { false }
  ) throws -> Image? {
    guard let first = cases.first else { return nil }
    let results = adapters == nil ? ["result"] : ["before", "after"]
    var sheet = ContactSheet(
      columns: ["source", "mask", "reference"] + results, cellSize: max(first.source.width, 64))
    for example in cases {
      if isStopping() { return nil }
      let before = try adapters?.without { try paint(example, model) }
      let result = try paint(example, model)
      sheet.addRow(
        [example.source, example.mask.rgb(), example.reference]
          + [before, result].compactMap(\.self))
    }
    return sheet.image()
  }

  private func paint(_ example: Case, _ model: PaintByExampleModel) throws -> Image {
    let painter = Painter(model)
    return try painter.paint(
      source: example.source, mask: example.mask, condition: painter.condition(example.reference),
      settings
    ).picture
  }
}

extension SampleSheet.Case {
  /// The first examples of a dataset that can be used, each with the exemplar of the one after it:
  /// what an edit is.
  ///
  /// - Throws: ``Datasets/LoaderError/interrupted(_:)``; what is wrong with the settings.
  package static func first(
    _ count: Int, of dataset: Dataset, settings: TripletSettings, seed: UInt64
  ) throws -> [SampleSheet.Case] {
    let synthesizer = try TripletSynthesizer(settings)
    var triplets: [Triplet] = []
    for index in 0..<dataset.count where triplets.count < count {
      var random = RandomStream(seed: seed, purpose: "sample case", index: UInt64(index))
      do {
        let source = try TripletSource(
          dataset[index], readsObjectMasks: settings.referenceMaskProbability > 0)
        triplets.append(try synthesizer.triplet(from: source, using: &random))
      } catch {
        // What cannot be used is reported by the validation, which reads the same pictures.
        if let failure = (error as? ImageError)?.passing { throw LoaderError.interrupted(failure) }
      }
    }
    return pair(triplets, size: settings.imageSize)
  }

  private static func pair(_ triplets: [Triplet], size: Int) -> [SampleSheet.Case] {
    triplets.enumerated().map { index, triplet in
      SampleSheet.Case(
        source: Image(triplet.image.reshaped([1, size, size, 3])),
        mask: GrayImage(
          width: size, height: size, pixels: triplet.mask.values.map { $0 < 0.5 ? 255 : 0 }),
        reference: triplets[(index + 1) % triplets.count].exemplar)
    }
  }
}
