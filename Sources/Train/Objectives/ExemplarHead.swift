import Autograd
import Models
import Support

/// What an image encoder is asked while it learns: which class its token is of, and a small drawing
/// of the exemplar. It stays behind when the encoder goes on to the diffusion model.
struct ExemplarHead: Sendable {
  /// Height and width of the drawing: fine enough for an outline.
  static let drawingSize = 16

  let classes: [String]
  private let classifier: Linear?
  private let hidden: Linear
  private let drawing: Linear

  /// - Parameters:
  ///   - dimension: width of the encoder's token.
  ///   - classes: none where the dataset names none: then it only draws.
  init(_ scope: ParameterScope, dimension: Int, classes: [String]) {
    self.classes = classes
    classifier = classes.isEmpty ? nil : Linear(scope / "classifier", dimension, classes.count)
    hidden = Linear(scope / "drawing.0", dimension, 2 * dimension)
    drawing = Linear(scope / "drawing.2", 2 * dimension, 3 * Self.drawingSize * Self.drawingSize)
  }

  /// - Shape: `[N, dimension]` → `[N, classes]`; nil without classes.
  func logits(_ token: Variable) -> Variable? { classifier?(token) }

  /// - Shape: `[N, dimension]` → `[N, D, D, 3]` in [−1, 1], about.
  func draw(_ token: Variable) -> Variable {
    drawing(hidden(token).gelu())
      .reshaped([token.shape[0], Self.drawingSize, Self.drawingSize, 3])
  }

  /// What `exemplar_head/config.json` holds.
  var json: [String: JSONValue] {
    [
      "classes": .array(classes.map { .string($0) }),
      "drawing_size": .integer(Self.drawingSize),
    ]
  }
}

extension ComponentName {
  /// What an image encoder is asked while it learns; no part of the model that it then serves.
  package static let exemplarHead = ComponentName("exemplar_head", noun: "exemplar head")
}
