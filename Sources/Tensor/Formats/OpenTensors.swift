/// Opens a file of named tensors, whatever its format: safetensors, a PyTorch checkpoint
/// (`.bin`, `.pt`, `.pth`, `.ckpt`) or the index of a sharded one (`….index.json`).
///
/// What wrapped a network when it was saved (`module.`, `_orig_mod.`) is left out of the names.
///
/// Contents decide rather than names, so that a checkpoint under a wrong name is read as what it is.
///
/// - Throws: what ``Safetensors``, ``TorchFile`` or ``ShardedTensors`` throw.
public func openTensors(_ path: String) throws -> any TensorFile {
  let file: any TensorFile = try path.hasSuffix(".json") ? ShardedTensors(path) : openFile(path)
  return UnwrappedTensors(file) ?? file
}

/// As ``openTensors(_:)``, but no index: shards are not sharded again.
func openFile(_ path: String) throws -> any TensorFile {
  switch try FileContent(ofFileAt: path) {
  case .safetensors: try Safetensors(path)
  case .empty, .webPage, .pointer, .json, .text, .unknown:
    path.hasSuffix(".safetensors") ? try Safetensors(path) : try TorchFile(path)
  default: try TorchFile(path)
  }
}
