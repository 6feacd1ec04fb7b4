import Inference

extension Baseline {
  /// A baseline as CONTRIBUTING.md has it.
  static let greyFill = Baseline("grey-fill", procedure: "the hole in middle grey") {
    source, mask, _ in
    var picture = source
    for i in mask.isInside.indices where mask.isInside[i] {
      for k in 3 * i..<3 * i + 3 { picture.pixels[k] = 127 }
    }
    return picture
  }
}
