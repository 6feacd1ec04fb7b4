/// What the name of a tensor in a file of adapters says.
///
/// - Source: `convert_unet_state_dict_to_peft` of diffusers; networks/lora.py of kohya-ss/sd-scripts;
///   `save_pretrained` of PEFT.
struct AdapterName: Equatable {
  enum Role {
    /// A of `B A`: from the input to the rank.
    case down
    case up
    /// The change is multiplied by it and divided by the rank.
    case alpha
  }

  /// The module that is changed, as the file spells it.
  let module: String
  let role: Role

  private static let endings: KeyValuePairs<String, Role> = [
    ".lora_A.weight": .down, ".lora_B.weight": .up,  // PEFT, diffusers
    ".lora_A.default.weight": .down, ".lora_B.default.weight": .up,
    ".lora.down.weight": .down, ".lora.up.weight": .up,  // older versions of diffusers
    ".lora_linear_layer.down.weight": .down, ".lora_linear_layer.up.weight": .up,
    "_lora.down.weight": .down, "_lora.up.weight": .up,
    ".lora_down.weight": .down, ".lora_up.weight": .up,  // kohya
    ".alpha": .alpha,
  ]

  /// Parts of names that only other methods have.
  private static let otherMethods: KeyValuePairs<String, String> = [
    "dora_scale": "DoRA", "lora_magnitude_vector": "DoRA", "hada_w": "LoHa", "lokr_w": "LoKr",
    "lora_mid": "LoCon with a core of its own", "oft_": "OFT", "boft_": "BOFT",
    ".diff": "a full difference", "lora_B.bias": "LoRA with biases",
    "lora_embedding": "LoRA of embeddings",
  ]

  /// More bytes than any module's name has, in whatever network.
  private static let longest = 1000

  /// Nil where the name does not end as those of low-rank adapters do.
  init?(_ name: String) {
    guard name.utf8.count <= Self.longest else { return nil }
    guard let (ending, role) = Self.endings.first(where: { name.hasSuffix($0.key) }) else {
      return nil
    }
    module = Self.normalized(String(name.dropLast(ending.count)))
    self.role = role
  }

  /// The method that a name belongs to, where it is another one.
  static func otherMethod(of name: String) -> String? {
    otherMethods.first { name.contains($0.key) }?.value
  }

  /// Without what PEFT wraps a model in, and what diffusers once replaced attention by.
  private static func normalized(_ module: String) -> String {
    var module = module
    if module.hasPrefix("base_model.model.") { module.removeFirst("base_model.model.".count) }
    guard let processor = module.range(of: ".processor.to_") else { return module }
    let part = module[processor.upperBound...]
    return module[..<processor.lowerBound] + ".to_" + part + (part == "out" ? ".0" : "")
  }
}
