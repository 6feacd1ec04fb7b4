import Support

/// Which pictures are made of the same inputs: at every scale, of every seed.
public struct EditSeries: Sendable, Equatable {
  /// Seed and scale are those of the first result.
  public var settings: EditSettings
  /// How many seeds, from the settings' one on.
  public var count: Int
  /// Several guidance scales, each with every seed; empty for the settings' one.
  public var scales: [Float]

  public init(_ settings: EditSettings = EditSettings(), count: Int = 1, scales: [Float] = []) {
    self.settings = settings
    self.count = count
    self.scales = scales
  }

  /// One of the pictures.
  struct Member: Sendable {
    let scale: Float
    let seed: UInt64
    /// The seed's place among the seeds.
    let index: Int
  }

  var allScales: [Float] { scales.isEmpty ? [settings.scale] : scales }

  /// What is made, in order: scale by scale, seed by seed.
  var members: [Member] {
    allScales.flatMap { scale in
      (0..<count).map { Member(scale: scale, seed: settings.seed + UInt64($0), index: $0) }
    }
  }

  /// How many pictures are made.
  public var results: Int { max(scales.count, 1) * count }

  /// Evaluations of the network for all of them.
  public var evaluations: Int { results * settings.evaluations }

  /// Whether any of them needs two conditions.
  public var isGuided: Bool { allScales.contains { settings.conventions.guidance(at: $0) != 1 } }

  /// What makes the settings impossible, whatever the pictures.
  ///
  /// - Throws: ``EditError``.
  public func validate() throws {
    for scale in [settings.scale] + scales {
      var settings = settings
      settings.scale = scale
      try settings.validate()
    }
    guard count >= 1, count <= 10_000 else {
      throw EditError.badSetting("count", "\(count)", "1 to 10000")
    }
    guard settings.seed <= .max - UInt64(count) else {
      throw EditError.badSetting("seed", "\(settings.seed)", "less, for \(count) seeds from it on")
    }
    guard Set(scales).count == scales.count else {
      throw EditError.badSetting(
        "scales", scales.map(\.shortest).joined(separator: ","), "each scale once")
    }
  }
}
