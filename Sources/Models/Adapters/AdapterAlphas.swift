import Foundation
import Support
import Tensors

/// What a file's metadata, or PEFT's configuration beside it, says about the factor of changes that have
/// no alpha of their own.
///
/// - Source: `LoraConfig` of PEFT; `LORA_ADAPTER_METADATA_KEY` of diffusers.
struct AdapterAlphas {
  /// What is said of a network, by what the names of its modules begin with.
  private var networks: [String: NetworkAlphas] = [:]

  /// What diffusers' files say of the UNet also counts for modules without a network's name.
  private static let usual = "unet."

  /// - Throws: ``AdapterError`` for what is said in another way than PEFT does.
  init(_ tensors: any TensorFile, configuration: String?) throws {
    if let configuration {
      let file = URL(fileURLWithPath: configuration)
      networks[""] = try NetworkAlphas(
        try ConfigurationReader.members(of: file), prefix: "", configuration)
    } else if let text = (tensors as? Safetensors)?.metadata["lora_adapter_metadata"],
      case .object(let members)? = try? JSONValue(parsing: Data(text.utf8))
    {
      let prefixes = Set(
        members.keys.compactMap { key in key.firstIndex(of: ".").map { key[...$0] } })
      for prefix in prefixes.map(String.init) {
        networks[prefix] = try NetworkAlphas(members, prefix: prefix, tensors.path)
      }
    }
  }

  /// What a module's change is multiplied by.
  func scale(of module: String, rank: Int) -> Float {
    let prefix = module.firstIndex(of: ".").map { String(module[...$0]) }
    let own = prefix.flatMap { networks[$0] } ?? networks[""] ?? networks[Self.usual]
    return own?.scale(of: module, rank: rank) ?? 1
  }
}

private struct NetworkAlphas {
  /// By the end of a module's name; the longest that fits counts.
  private var patterns: [String: Float] = [:]
  /// Nil: as large as the rank.
  private let alpha: Float?
  /// Whether it is divided by the rank's root.
  private let isStabilized: Bool

  init(_ members: [String: JSONValue], prefix: String, _ file: String) throws {
    func number(_ key: String, _ value: JSONValue) throws -> Float {
      switch value {
      case .integer(let number): return Float(number)
      case .number(let number) where number.magnitude < 1e30: return Float(number)
      default: throw AdapterError.badConfiguration(file, key, expected: "a number")
      }
    }
    for (key, method) in [("use_dora", "DoRA"), ("lora_bias", "LoRA with biases")]
    where members[prefix + key] == .bool(true) {
      throw AdapterError.otherMethod(file, prefix + key, method)
    }
    isStabilized = members[prefix + "use_rslora"] == .bool(true)
    alpha = try members[prefix + "lora_alpha"].map { try number("lora_alpha", $0) }
    guard case .object(let own)? = members[prefix + "alpha_pattern"] else { return }
    patterns = try own.mapValues { try number("alpha_pattern", $0) }
  }

  func scale(of module: String, rank: Int) -> Float {
    let starts =
      [module.startIndex] + module.indices.filter { module[$0] == "." }.map(module.index(after:))
    let own =
      patterns.isEmpty ? nil : starts.lazy.compactMap { patterns[String(module[$0...])] }.first
    guard let alpha = own ?? alpha else { return 1 }
    return alpha / (isStabilized ? Float(rank).squareRoot() : Float(rank))
  }
}
