import Foundation
import Pictures
import Support

/// A picture to edit: files in, files out, and how.
public struct EditJob: Sendable {
  /// Where the picture is to be repainted.
  public enum Region: Sendable {
    /// A mask's file.
    case mask(String)
    /// In the picture's pixels, end-exclusive.
    case box(Box)
    /// In fractions of the picture's sides.
    case fractions(Box)
  }

  /// A picture of what is to be painted.
  public struct Reference: Sendable, Equatable {
    public var picture: String
    /// White on its object, which is then shown alone; nil to show it whole. (Methods that cut the object
    /// out then take the picture's opacity.)
    public var mask: String?

    public init(picture: String, mask: String? = nil) {
      (self.picture, self.mask) = (picture, mask)
    }
  }

  public var image: String
  public var region: Region
  /// Whether the rest of the picture is repainted instead.
  public var isInverted = false
  /// Pictures of what is to be painted, each of which gives the network tokens of its own; none for methods
  /// that need none.
  public var references: [Reference]
  /// What is to be painted, in words, for models and methods that read them; `{class}` and `{caption}`
  /// stand for ``subject`` and ``caption``.
  public var prompt: String?
  public var subject: String?
  public var caption: String?
  /// A PNG, however its extension is written; several results have names made of this one.
  public var output: String
  /// Seed and scale are those of the first result.
  public var settings = EditSettings()
  /// How many seeds, from the settings' one on.
  public var count = 1
  /// Several guidance scales, each with every seed; empty for the settings' one.
  public var scales: [Float] = []
  /// Whether `output` itself becomes a table of all results.
  public var drawsGrid = false
  /// A file of starting noise, `latents [1 or count, C, h, w]`.
  public var noise: String?
  /// A file to be written: `latents [results, C, h, w]`, denoised, in the results' order.
  public var savedLatents: String?

  public init(image: String, region: Region, reference: String?, output: String) {
    self.image = image
    self.region = region
    references = reference.map { [Reference(picture: $0)] } ?? []
    self.output = output
  }

  /// What is made of the files.
  var series: EditSeries { EditSeries(settings, count: count, scales: scales) }

  /// The results and their files, in the series' order.
  var results: [(member: EditSeries.Member, path: String)] {
    series.members.map { ($0, path(scale: $0.scale, seed: $0.seed)) }
  }

  /// Evaluations of the network in the whole job.
  public var evaluations: Int { series.evaluations }

  /// `OUT.png`; with several scales `OUT-scale-S.png`, with several seeds `OUT-SEED.png`.
  private func path(scale: Float, seed: UInt64) -> String {
    let byScale = scales.count > 1 ? "-scale-\(scale.shortest)" : ""
    let bySeed = count > 1 ? "-\(seed)" : ""
    let suffix = output.suffix(Self.suffix.count)
    return output.dropLast(suffix.count) + byScale + bySeed + suffix
  }

  private static let suffix = ".png"

  /// All files that the job writes.
  var outputs: [String] {
    results.map(\.path) + (drawsGrid ? [output] : []) + (savedLatents.map { [$0] } ?? [])
  }

  /// Where ``outputs`` will be.
  ///
  /// - Throws: ``EditError`` where two are one, or one is a file that the job reads.
  func outputPlaces() throws -> Set<FilePlace> {
    var inputs = [image] + references.flatMap { [$0.picture] + ($0.mask.map { [$0] } ?? []) }
    if case .mask(let file) = region { inputs.append(file) }
    if let noise { inputs.append(noise) }
    let read = Set(inputs.map(FilePlace.init(reading:)))
    var places: Set<FilePlace> = []
    for output in outputs {
      let place = FilePlace(writing: output)
      guard places.insert(place).inserted else { throw EditError.sameOutput(output) }
      guard !read.contains(place) else { throw EditError.outputIsInput(output) }
    }
    return places
  }

  /// References of one picture: more say nothing new, and each is a token that all of it attends to.
  public static let mostReferences = 16

  /// Finds out before any work whether the results can be written.
  ///
  /// - Parameter makingFolders: makes those that are missing.
  /// - Throws: `FileError`.
  public func checkOutputs(makingFolders: Bool = false) throws {
    for output in outputs {
      if makingFolders, !output.parentFolder.isEmpty { try Folder.make(output.parentFolder) }
      try AtomicFile.checkWritable(output)
    }
  }

  /// What makes the job impossible, whatever its pictures.
  ///
  /// - Throws: ``EditError``.
  public func validate() throws {
    try series.validate()
    try EditError.checkReferences(references.count)
    guard !drawsGrid || max(scales.count, count) > 1 else {
      throw EditError.gridOfOnePicture
    }
    guard output.lowercased().hasSuffix(Self.suffix), output.count > Self.suffix.count else {
      throw EditError.notPNG(output)
    }
    _ = try outputPlaces()
  }
}
