import Autograd
import Support

/// Adapters of a file, matched with the networks that they change.
struct AdapterMerge {
  private let file: AdapterFile
  private let weight: Float
  private var matches: [(change: AdapterFile.Change, parameter: Parameter)] = []
  /// What a user should know: what is left out, and why.
  private(set) var notes: [String] = []

  /// - Parameter isWhole: whether these are all networks that the file may be for.
  /// - Throws: ``AdapterError``.
  init(
    _ file: AdapterFile, weight: Float, into networks: [AdaptedNetwork], isWhole: Bool
  ) throws {
    (self.file, self.weight) = (file, weight)
    let modules = Self.modules(of: networks)
    var (unknown, texts, idle, misfits) = ([String](), 0, 0, [String]())
    for change in file.changes {
      guard let module = modules[change.module] else {
        if Self.isOfTexts(change.module) { texts += 1 } else { unknown.append(change.module) }
        continue
      }
      if module.isIdle { idle += 1 }
      if let misfit = misfit(change, module.parameter) {
        if module.isFirst { notes.append("\(misfit): left out") } else { misfits.append(misfit) }
      } else {
        matches.append((change, module.parameter))
      }
    }
    guard misfits.isEmpty else { throw AdapterError.otherSizes(file.path, misfits) }
    guard !matches.isEmpty || !isWhole else {
      throw AdapterError.fitsNothing(file.path, file.changes.map(\.module))
    }
    if texts > 0 {
      notes.append(
        "\(texts) module\(texts == 1 ? "" : "s") of a text encoder left out: this model has none")
    }
    if !unknown.isEmpty {
      notes.append("left out what the model has no module for: \(AdapterError.list(unknown))")
    }
    if idle > 0 {
      notes.append(
        "\(idle) change\(idle == 1 ? "" : "s") of queries and keys without effect, where the model "
          + "attends to one token")
    }
    notes = notes.map { "\(file.path): \($0)" }
  }

  private struct Module {
    let parameter: Parameter
    let isIdle: Bool
    /// Whether it reads the network's input, whose channels differ between models.
    let isFirst: Bool
  }

  private static func modules(of networks: [AdaptedNetwork]) -> [String: Module] {
    var modules: [String: Module] = [:]
    for network in networks {
      for (name, parameter) in network.weights {
        let module = Module(
          parameter: parameter, isIdle: network.isIdle(name), isFirst: name == "conv_in")
        for spelling in network.spellings(of: name) where modules[spelling] == nil {
          modules[spelling] = module
        }
      }
    }
    return modules
  }

  private static func isOfTexts(_ module: String) -> Bool {
    ["text_encoder", "lora_te", "text_model", "te1_", "te2_"].contains { module.hasPrefix($0) }
  }

  /// How a change's sizes differ from those of what it is for; nil where they don't.
  private func misfit(_ change: AdapterFile.Change, _ parameter: Parameter) -> String? {
    let (down, up) = (file.shape(change.down), file.shape(change.up))
    let shape = parameter.shape
    let inputs = shape.dropFirst().reduce(1, *)
    let fits =
      down.dropFirst().reduce(1, *) == inputs
      && up.first == shape[0] && up.dropFirst().reduce(1, *) == change.rank
    return fits
      ? nil
      : "\(change.module.shortened) is \(up) × \(down) there, the model's weight \(shape)"
  }

  /// Changes the weights as they are read, once for each time that they are.
  func apply() throws {
    for (change, parameter) in matches {
      let difference = try file.difference(of: change, weight: weight, shape: parameter.shape)
      parameter.amend { $0 + difference() }
    }
  }
}

extension AdapterMerge {
  /// Merges several files, all of which must fit before any changes anything.
  ///
  /// - Parameter isWhole: whether these are all networks that the files may be for.
  /// - Returns: what a user should know.
  static func merge(
    _ files: [(file: AdapterFile, weight: Float)], into networks: [AdaptedNetwork],
    isWhole: Bool = true
  ) throws -> [String] {
    let merges = try files.map { file, weight in
      try AdapterMerge(file, weight: weight, into: networks, isWhole: isWhole)
    }
    for merge in merges { try merge.apply() }
    return merges.flatMap(\.notes)
  }
}
