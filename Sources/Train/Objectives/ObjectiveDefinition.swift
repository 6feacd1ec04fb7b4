import Models

/// An objective as the configuration chooses it: one file in this folder, and one line in ``all``.
public struct ObjectiveDefinition: Sendable {
  /// The value of the key `objective`.
  let name: String
  /// What is trained, for the page of keys.
  let summary: String
  /// A picture's sides have to be multiples of this, for networks of these sizes.
  let pictureUnit: @Sendable (NetworkConfiguration) -> Int
  /// What its UNet sees.
  let layout: InputLayout
  /// Whether it can train adapters in place of weights.
  let takesAdapters: Bool
  /// Notes what a user should know about a configuration before it trains.
  let note: @Sendable (TrainingConfiguration, ConfigurationDecoder) -> Void
  /// What a configuration must say before it can train and doesn't, a sentence each.
  let missing: @Sendable (TrainingConfiguration) -> [String]
  let make: @Sendable (inout ObjectiveSetup) throws -> any Objective

  package init(
    name: String, summary: String, pictureUnit: @escaping @Sendable (NetworkConfiguration) -> Int,
    layout: InputLayout = .exemplar, takesAdapters: Bool = false,
    note: @escaping @Sendable (TrainingConfiguration, ConfigurationDecoder) -> Void,
    missing: @escaping @Sendable (TrainingConfiguration) -> [String] = { _ in [] },
    make: @escaping @Sendable (inout ObjectiveSetup) throws -> any Objective
  ) {
    (self.name, self.summary, self.pictureUnit) = (name, summary, pictureUnit)
    (self.layout, self.takesAdapters) = (layout, takesAdapters)
    (self.note, self.missing, self.make) = (note, missing, make)
  }

  /// - Parameters:
  ///   - name: the value of the key `objective`.
  ///   - summary: what is trained, for the page of keys.
  ///   - pictureUnit: a picture's sides have to be multiples of this, for networks of these sizes.
  ///   - missing: what a configuration must say before it can train and doesn't, a sentence each.
  ///   - make: the objective of a run.
  public init(
    name: String, summary: String,
    pictureUnit: @escaping @Sendable (NetworkConfiguration) -> Int = { _ in 1 },
    missing: @escaping @Sendable (TrainingConfiguration) -> [String] = { _ in [] },
    make: @escaping @Sendable (inout ObjectiveSetup) throws -> any Objective
  ) {
    self.init(
      name: name, summary: summary, pictureUnit: pictureUnit, note: { _, _ in }, missing: missing,
      make: make)
  }

  /// Those that configurations know.
  public static let all = [
    autoencoder, imageEncoder, latentDiffusion, harmonisation, clip, textToImage,
    consistencyDistillation, tinyDecoder,
  ]
}

extension [ObjectiveDefinition] {
  /// - Throws: `ConfigurationError` for a name that none has.
  func named(_ name: String) throws(ConfigurationError) -> ObjectiveDefinition {
    guard let definition = first(where: { $0.name == name }) else {
      let known = map { "`\($0.name)`" }.joined(separator: ", ")
      throw ConfigurationError("`objective` is \(name), expected one of \(known)")
    }
    return definition
  }
}
