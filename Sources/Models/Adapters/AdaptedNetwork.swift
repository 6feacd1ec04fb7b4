import Autograd

/// A network that adapters change, and what files call its modules.
struct AdaptedNetwork {
  let parameters: ParameterStore
  let name: ComponentName
  /// Its modules' names in the original code, and what stands before all of them there.
  private let originalNames: [String: String]
  private let originalPrefix: String
  /// What kohya's scripts put before its modules.
  private let kohyaPrefix: String
  /// Ends of the names of modules that change nothing: queries and keys of attention to a single token.
  private let idle: [String]

  private static let kohyaPrefixes: [ComponentName: String] = [
    .unet: "lora_unet_", .imageEncoder: "lora_image_encoder_", .textEncoder: "lora_te_",
  ]

  /// Nil for a network that has no adapters.
  init?<Network: ModelComponent>(_ component: Component<Network>, idle: [String] = []) {
    guard let kohyaPrefix = Self.kohyaPrefixes[Network.name] else { return nil }
    (parameters, name) = (component.parameters, Network.name)
    (self.kohyaPrefix, self.idle) = (kohyaPrefix, idle)
    originalPrefix = Network.Configuration.originalPrefixes.first ?? ""
    let modules = component.network.configuration.originalNames.filter { $0.part == nil }
    originalNames = Dictionary(modules.map { ($0.ours, $0.other) }) { first, _ in first }
  }

  /// What changes with adapters, by the names of its modules.
  var weights: [(module: String, parameter: Parameter)] {
    parameters.parameters.compactMap { parameter in
      guard parameter.name.hasSuffix(".weight"), [2, 4].contains(parameter.shape.count) else {
        return nil
      }
      let module = String(parameter.name.dropLast(".weight".count))
      let isTable = module.hasSuffix("_embedding") && !module.hasSuffix("patch_embedding")
      return isTable ? nil : (module, parameter)
    }
  }

  func isIdle(_ module: String) -> Bool { idle.contains { module.hasSuffix($0) } }

  /// Every way in which files spell a module.
  func spellings(of module: String) -> [String] {
    var dotted = ["\(name.rawValue).\(module)", module]
    var short = [module]
    if let original = originalNames[module], original.hasPrefix(originalPrefix) {
      short.append(String(original.dropFirst(originalPrefix.count)))
      dotted += [original, "diffusion_model.\(short[1])"]
    }
    return dotted + short.map { kohyaPrefix + $0.replacing(".", with: "_") }
  }
}

extension PaintByExampleModel {
  /// What adapters change of it.
  ///
  /// - Parameter references: that it paints after at once, at most.
  func adaptedNetworks(references: Int = 1) -> [AdaptedNetwork] {
    func queriesAndKeys(_ attention: String, over tokens: Int) -> [String] {
      tokens == 1 ? ["to_q", "to_k"].map { "\(attention).\($0)" } : []
    }
    let tokens = conditioner.tokens
    return [
      AdaptedNetwork(unet, idle: queriesAndKeys("attn2", over: tokens * references)),
      adaptedConditioner(idle: queriesAndKeys("attn1", over: tokens)),
    ].compactMap(\.self)
  }

  private func adaptedConditioner(idle: [String]) -> AdaptedNetwork? {
    switch conditioner {
    case let image as ImageConditioner: AdaptedNetwork(image.component, idle: idle)
    case let text as TextConditioner: AdaptedNetwork(text.component, idle: idle)
    default: nil
    }
  }
}
