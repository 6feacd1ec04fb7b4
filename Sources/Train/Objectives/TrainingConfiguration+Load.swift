import Models
import Support

extension TrainingConfiguration {
  /// Reads files from left to right and overrides after them.
  ///
  /// - Parameters:
  ///   - files: YAML.
  ///   - overrides: `key=value`.
  ///   - objectives: what the key `objective` chooses from.
  /// - Throws: every problem at once; `isUsage` tells a mistake on the command line from one in a
  ///   file.
  public static func load(
    files: [String], overrides: [String] = [],
    objectives: [ObjectiveDefinition] = ObjectiveDefinition.all
  ) throws(ConfigurationError) -> Loaded {
    let tree = try ConfigurationTree(files: files, overrides: overrides)
    let decoder = ConfigurationDecoder(try tree.interpolated())
    let configuration = TrainingConfiguration(decoder, objectives: objectives.names)
    let objective = try objectives.named(configuration.objective)
    configuration.checkTogether(objective, decoder)
    try decoder.finish()
    return Loaded(configuration: configuration, tree: tree, notes: decoder.notes)
  }

  /// Every key that a configuration may have.
  package static var schema: [ConfigurationKey] {
    let decoder = ConfigurationDecoder(ConfigurationTree())
    _ = TrainingConfiguration(decoder, objectives: ObjectiveDefinition.all.names)
    return decoder.keys
  }

  /// What each value allows but all together do not.
  private func checkTogether(_ objective: ObjectiveDefinition, _ decoder: ConfigurationDecoder) {
    networks.checkChannels(objective.layout, decoder)
    let unit = objective.pictureUnit(networks)
    let validationSize = "data.params.validation.params.image_size"
    checkPictureSize(data.train, "data.params.train.params.image_size", unit, decoder)
    checkPictureSize(data.validation, validationSize, unit, decoder)
    if data.validation.triplets.imageSize != data.train.triplets.imageSize {
      decoder.fail(
        validationSize,
        "is \(data.validation.triplets.imageSize), expected "
          + "\(data.train.triplets.imageSize) as for training")
    }
    checkAdapters(objective, decoder)
    objective.note(self, decoder)
  }

  private func checkAdapters(_ objective: ObjectiveDefinition, _ decoder: ConfigurationDecoder) {
    let given = [
      ("model.params.lora", diffusion.adapters != nil),
      ("initialize.lora", !initialize.adapters.isEmpty),
    ]
    for (key, isGiven) in given where isGiven && !objective.takesAdapters {
      decoder.fail(key, "has no meaning for the objective \(objective.name)")
    }
    for text in initialize.adapters where AdapterSource(text) == nil {
      decoder.fail(
        "initialize.lora", "holds \(text.shortened), expected a file, or FILE:WEIGHT")
    }
  }

  private func checkPictureSize(
    _ set: DatasetConfiguration, _ key: String, _ unit: Int, _ decoder: ConfigurationDecoder
  ) {
    if set.triplets.imageSize % unit != 0 {
      decoder.fail(
        key,
        "is \(set.triplets.imageSize), expected a multiple of \(unit): "
          + "the networks halve a picture that often")
    }
  }

  /// Throws, naming the keys, unless the configuration says where data and frozen weights are.
  ///
  /// Apart from `load`, so that a file without them, as the official one is, can still be shown,
  /// merged and previewed.
  public func requireSources() throws(ConfigurationError) {
    try requireSources(for: ObjectiveDefinition.all.named(objective))
  }

  func requireSources(for objective: ObjectiveDefinition) throws(ConfigurationError) {
    var problems = objective.missing(self)
    if duration.maxSteps != 0 && data.train.directory == nil {
      problems.append(
        "`data.params.train.params.dataset_dir` is missing: set it to an OpenImages folder or a "
          + ".jsonl manifest")
    }
    if !problems.isEmpty {
      throw ConfigurationError(problems.map { .init(position: nil, message: $0) })
    }
  }
}

extension [ObjectiveDefinition] {
  fileprivate var names: [ObjectiveName] {
    map { ObjectiveName(name: $0.name, summary: $0.summary) }
  }
}
