import Autograd
import Tensors

extension PaintByExampleModel {
  /// Replaces the decoder by that of an autoencoder that makes the same latents.
  ///
  /// - Parameters:
  ///   - other: of the same sizes, its encoder the same to the bit.
  ///   - path: where it is from, for messages.
  /// - Throws: ``ModelFolderError/otherLatents(_:_:)``; nothing is changed then.
  func takeDecoder(of other: Component<Autoencoder>, from path: String) throws {
    let own = autoencoder.parameters.parameters
    for parameter in own {
      guard let theirs = other.parameters[parameter.name], theirs.shape == parameter.shape else {
        throw ModelFolderError.otherLatents(path, "its sizes are others (\(parameter.name))")
      }
      guard Autoencoder.isOfDecoder(parameter.name) || theirs.value == parameter.value else {
        throw ModelFolderError.otherLatents(path, "\(parameter.name) differs")
      }
    }
    for parameter in own where Autoencoder.isOfDecoder(parameter.name) {
      if let theirs = other.parameters[parameter.name] { parameter.value = theirs.value }
    }
  }
}
