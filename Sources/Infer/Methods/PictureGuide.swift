import Autograd
import Models
import Pictures
import Tensors

/// CLIP's opinion of how far a picture is from what it is to show, with its gradient.
package struct PictureGuide: Sendable {
  private let clip: CLIPVision
  /// `[D]`
  private let target: Tensor

  /// - Parameters:
  ///   - clip: whose parameters are frozen.
  ///   - target: features of a text or a picture, `[D]` or `[1, D]`.
  package init(_ clip: CLIPVision, target: Tensor) {
    self.clip = clip
    self.target = target.reshaped([-1])
  }

  /// The mean over copies of the squared geodesic distance.
  ///
  /// - Shape: picture in [−1, 1] with 0 where it plays no part, `[1, H, W, 3]` → `[]`.
  package func distance(of picture: Variable, seenAs copies: [GuidedCopy]) -> Variable {
    let side = clip.configuration.imageSize
    let pooled = picture.adaptivelyPooled(height: side, width: side).repeated(copies.count)
    let seen =
      pooled.warped(by: copies.map(\.turn), edge: .border)
      .warped(by: copies.map(\.tilt), edge: .zeros)
    return clip.features(normalized(seen)).geodesicDistance(to: target).mean()
  }

  /// From [−1, 1] to what CLIP takes.
  private func normalized(_ pictures: Variable) -> Variable {
    let (mean, deviation) = (CLIPStatistics.mean, CLIPStatistics.deviation)
    let scale = Variable(Tensor([3], deviation.map { 0.5 / $0 }))
    let offset = Variable(Tensor([3], zip(mean, deviation).map { (0.5 - $0) / $1 }))
    return pictures * scale + offset
  }
}
