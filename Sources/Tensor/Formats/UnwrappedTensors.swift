/// A file whose names all begin with what wrapped the network when it was saved: `module.` of
/// `DataParallel`, `_orig_mod.` of `torch.compile`. A view under the network's own names.
struct UnwrappedTensors: TensorFile {
  private let file: any TensorFile
  private let prefix: String
  let layouts: [String: TensorLayout]

  var path: String { file.path }

  private static let wrappers = ["module.", "_orig_mod."]

  /// Nil for a file of names that nothing wraps.
  init?(_ file: any TensorFile) {
    var layouts = file.layouts
    var prefix = ""
    while let name = layouts.keys.first,
      let wrapper = Self.wrappers.first(where: { name.hasPrefix($0) }),
      layouts.keys.allSatisfy({ $0.hasPrefix(wrapper) })
    {
      layouts = Dictionary(
        uniqueKeysWithValues: layouts.map { (String($0.key.dropFirst(wrapper.count)), $0.value) })
      prefix += wrapper
    }
    guard !prefix.isEmpty else { return nil }
    (self.file, self.prefix, self.layouts) = (file, prefix, layouts)
  }

  func reader(of name: String) throws -> @Sendable () -> Tensor {
    try file.reader(of: prefix + name)
  }

  func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try file.withBytes(of: prefix + name, body)
  }

  func releasePages(of name: String) { file.releasePages(of: prefix + name) }
}
