import Pictures
import Tensors

/// Pictures as CLIP's vision tower takes them, in the three ways of the official evaluation.
///
/// - Shape: → `[1, size, size, 3]`, CLIP's mean and deviation removed.
extension Tensor {
  /// For features of whole pictures: CLIP's own preparation.
  ///
  /// The 8-bit picture is resized (bicubic, antialias) until its shorter side is `size`, and the
  /// middle square kept.
  ///
  /// - Throws: ``EncoderError/tooElongated(width:height:)``.
  /// - Source: `_transform` in clip/clip.py of OpenAI's CLIP, which eval_tool/fid/fid_score.py and
  ///   eval_tool/gmm of Paint-by-Example use.
  package init(clip picture: Image, size: Int) throws {
    let middle = try picture.middleSquare(size, filter: .bicubic)
    self = middle.normalizedForCLIP()
  }

  /// For the CLIP score, of a result: the part inside the mask's box, stretched as a tensor.
  ///
  /// Four neighbours without antialias: what torchvision 0.12, the official environment's, does with
  /// tensors. (Later versions warn or smooth.)
  ///
  /// - Parameter box: Of ``GrayImage/clipScoreBox``, inside the picture.
  /// - Source: `COCOImageDataset` in eval_tool/clip_score/test_bench_dataset.py.
  package init(clipScoreResult picture: Image, box: PixelRectangle, size: Int) {
    self = FloatImage(picture.cropped(to: box))
      .resized(width: size, height: size, filter: .openCVBilinear).normalized()
  }

  /// For the CLIP score, of a reference: the 8-bit picture stretched to a square, bicubic with
  /// antialias, which is Pillow's default.
  ///
  /// - Source: as ``init(clipScoreResult:box:size:)``.
  package init(clipScoreReference picture: Image, size: Int) {
    self.init(reference: picture, size: size)
  }
}

extension GrayImage {
  /// The official CLIP score's box: from the first pixel that is exactly 255 to the last one in reading
  /// order, without the last one's row and column. Nil when there is nothing between them.
  ///
  /// For a filled rectangle, as COCOEE's masks are, this is the rectangle less its last row and
  /// column.
  ///
  /// - Source: `COCOImageDataset` in eval_tool/clip_score/test_bench_dataset.py.
  public var clipScoreBox: PixelRectangle? {
    guard let first = pixels.firstIndex(of: 255), let last = pixels.lastIndex(of: 255) else {
      return nil
    }
    let (top, left) = first.quotientAndRemainder(dividingBy: width)
    let (bottom, right) = last.quotientAndRemainder(dividingBy: width)
    guard bottom > top, right > left else { return nil }
    return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
  }
}
