import Autograd
import Models
import Support
import Tensors

/// The features that CLIP gives a text.
package struct TextGuide: Sendable {
  private let tower: Component<CLIPText>
  private let tokenizer: Tokenizer

  package init(_ tower: Component<CLIPText>, _ tokenizer: Tokenizer) {
    self.tower = tower
    self.tokenizer = tokenizer
  }

  /// A CLIP on disk; where no tokenizer lies beside it, the model's own reads its texts.
  ///
  /// - Throws: ``MethodError/noTokenizer(_:reason:)``; what is wrong with the files.
  init(at path: String, for model: TextModel) throws {
    tower = try CLIPText.load(from: path)
    let folder = FileSystem.isFolder(path) ? path : path.parentFolder
    let hasOwn = [folder, "\(folder)/tokenizer"].contains(where: TokenizerSource.isTokenizer)
    guard let borrowed = (model.painter.model.conditioner as? TextConditioner)?.tokenizer, !hasOwn
    else {
      tokenizer = try CLIPText.tokenizer(for: path)
      return
    }
    tokenizer = borrowed
    let sizes = tower.network.configuration
    guard borrowed.vocabularySize <= sizes.vocabularySize, borrowed.length <= sizes.positions
    else {
      throw MethodError.noTokenizer(
        path,
        reason: "has no tokenizer, and the model's makes \(borrowed.length) tokens of "
          + "\(borrowed.vocabularySize) where this CLIP takes \(sizes.positions) of "
          + "\(sizes.vocabularySize)")
    }
  }

  /// - Shape: → `[1, D]`.
  func features(of text: String) -> Tensor { tower.network([tokenizer(text)]) }
}
