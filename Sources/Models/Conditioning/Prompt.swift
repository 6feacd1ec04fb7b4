import Pictures
import Support
import Tensors

/// What a picture is to be painted after.
public enum Prompt: Sendable {
  case picture(Image)
  case text(String)
  /// The conditioner's input as it is, of one prompt: `[1, …]`.
  case prepared(Tensor)
}

/// How a reference gets the image encoder's size.
public enum ReferenceResize: String, CaseIterable, Sendable {
  /// Pillow's bicubic, whatever the proportions.
  case stretch
  /// As the model folder's `feature_extractor` says: CLIP's resize and cut around the centre.
  case clip
}

/// Why a prompt cannot be used.
public enum PromptError: Error, SettingMessage {
  case thinReference(PictureSize)
  /// The model is conditioned on something else; both in words, such as "a reference picture".
  case otherKind(found: String, expected: String)

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .thinReference(let size):
      "the reference is \(size) pixels, too narrow to be cut to a square; crop it, or use "
        + "\(name("reference-resize")) stretch"
    case .otherKind(let found, let expected):
      "this model paints after \(expected), not after \(found)"
    }
  }
}

extension Prompt {
  /// For messages.
  package var kind: String {
    switch self {
    case .picture: "a reference picture"
    case .text: "a text"
    case .prepared: "a tensor"
    }
  }
}
