import Support
import Tensors

extension Tensor {
  /// A mask at the size of the latents by nearest neighbour, which is the top left pixel of each.
  ///
  /// - Shape: `[N, H, W, 1]` → `[N, H/f, W/f, 1]`.
  /// - Source: `torch.nn.functional.interpolate` as diffusers' pipeline calls it.
  public func nearestLatentMask(downsampling f: Int) -> Tensor {
    checkMask(downsampling: f)
    let (rows, width) = (shape[0] * shape[1], shape[2])
    return Tensor([shape[0], shape[1] / f, width / f, 1]) { result in
      var next = result
      for y in stride(from: 0, to: rows, by: f) {
        for x in stride(from: 0, to: width, by: f) {
          next.pointee = pointer[y * width + x]
          next += 1
        }
      }
    }
  }

  private func checkMask(downsampling f: Int) {
    check(
      rank == 4 && shape[3] == 1 && shape[1] % f == 0 && shape[2] % f == 0,
      "mask \(shape) for latents \(f) times smaller")
  }

  /// A mask at the size of the latents: bilinear without antialiasing, so that edges that fall
  /// between two latents come out fractional.
  ///
  /// - Shape: `[N, H, W, 1]` → `[N, H/f, W/f, 1]`.
  /// - Source: `Resize` on tensors in ldm/models/diffusion/ddpm.py (torchvision 0.12).
  public func latentMask(downsampling f: Int) -> Tensor {
    checkMask(downsampling: f)
    let (height, width) = (shape[1], shape[2])
    let (low, high) = ((f - 1) / 2, f / 2)  // the two pixels around the centre, or the one at it
    return Tensor([shape[0], height / f, width / f, 1]) { result in
      var next = result
      for n in 0..<shape[0] {
        let mask = pointer + n * height * width
        for y in stride(from: 0, to: height, by: f) {
          let (top, bottom) = (mask + (y + low) * width, mask + (y + high) * width)
          for x in stride(from: 0, to: width, by: f) {
            let sum = (top[x + low] + top[x + high]) + (bottom[x + low] + bottom[x + high])
            next.pointee = sum / 4
            next += 1
          }
        }
      }
    }
  }
}
