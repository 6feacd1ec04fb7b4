import Support

/// What can be wrong with adapters.
public enum AdapterError: Error, CustomStringConvertible {
  case notAdapters(_ path: String)
  /// A method that is not low-rank adaptation, by a name that tells it.
  case otherMethod(_ file: String, _ tensor: String, _ method: String)
  case unknownTensors(_ file: String, _ names: [String])
  case incomplete(_ file: String, _ modules: [String])
  case badAlpha(_ file: String, _ tensor: String)
  case badConfiguration(_ file: String, _ key: String, expected: String)
  case notFinite(_ file: String, _ tensors: [String])
  /// Sizes of another model's modules, a line each.
  case otherSizes(_ file: String, _ lines: [String])
  case fitsNothing(_ file: String, _ modules: [String])
  case noTarget(_ target: String, suggestion: String)

  public var description: String {
    switch self {
    case .notAdapters(let path):
      "\(path): holds no adapters: expected pytorch_lora_weights.safetensors (diffusers), "
        + "adapter_config.json and adapter_model.safetensors (PEFT), or a run that trained adapters"
    case .otherMethod(let file, let tensor, let method):
      "\(file): `\(tensor.shortened)` belongs to \(method), only plain LoRA is read here; merge it "
        + "with the tool that made it"
    case .unknownTensors(let file, let names):
      "\(file): not a file of adapters: the names do not end as LoRA's do (lora_A.weight and "
        + "lora_B.weight, lora_down.weight and lora_up.weight, alpha): \(Self.list(names))"
    case .incomplete(let file, let modules):
      "\(file): one of the two factors is missing or empty for \(Self.list(modules)); copy or download the "
        + "file again"
    case .badAlpha(let file, let tensor):
      "\(file): `\(tensor.shortened)` should hold one finite number"
    case .badConfiguration(let file, let key, let expected):
      "\(file): `\(key)` should be \(expected)"
    case .notFinite(let file, let tensors):
      "\(file): NaN or infinity in \(Self.list(tensors)); the file is damaged or its training diverged: "
        + "copy or download it again"
    case .otherSizes(let file, let lines):
      "\(file): made for another model; the sizes do not fit:\n"
        + lines.prefix(8).map { "  \($0)" }.joined(separator: "\n")
        + (lines.count > 8 ? "\n  … and \(lines.count - 8) more" : "")
    case .fitsNothing(let file, let modules):
      "\(file): none of its modules is part of this model: \(Self.list(modules)); is it for another "
        + "kind of network, such as SDXL?"
    case .noTarget(let target, let suggestion):
      "`model.params.lora.targets` holds `\(target)`, but no linear map or convolution of the model has "
        + "a name that ends so\(suggestion)"
    }
  }

  static func list(_ names: [String]) -> String {
    names.prefix(5).map(\.shortened).joined(separator: ", ")
      + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }
}
