/// What all pictures share: samples row by row from the top left, channels interleaved.
public protocol Raster<Sample>: Sendable {
  associatedtype Sample: BitwiseCopyable & Sendable

  var width: Int { get }
  var height: Int { get }
  var channels: Int { get }
  /// `height × width × channels` values.
  var pixels: [Sample] { get set }

  /// A picture of the same kind with other pixels.
  func replacing(width: Int, height: Int, pixels: [Sample]) -> Self
}

extension Raster {
  /// The part of the picture inside `rectangle`, which must lie within it.
  public func cropped(to rectangle: PixelRectangle) -> Self {
    precondition(
      rectangle.x >= 0 && rectangle.y >= 0 && rectangle.width > 0 && rectangle.height > 0
        && rectangle.x + rectangle.width <= width && rectangle.y + rectangle.height <= height,
      "crop \(rectangle) outside a picture of \(width)×\(height)")
    return rearranged(
      width: rectangle.width, height: rectangle.height,
      origin: rectangle.y * width + rectangle.x, right: 1, down: width)
  }

  public func flippedHorizontally() -> Self {
    rearranged(width: width, height: height, origin: width - 1, right: -1, down: width)
  }

  public func flippedVertically() -> Self {
    rearranged(width: width, height: height, origin: (height - 1) * width, right: 1, down: -width)
  }

  /// The picture as displayed, given the EXIF orientation it was stored with (1…8).
  public func oriented(from orientation: Int) -> Self {
    let turn = Orientation(exif: orientation)
    guard turn != Orientation(exif: 1) else { return self }
    let (newWidth, newHeight) = turn.swapsAxes ? (height, width) : (width, height)
    let (right, down) = turn.swapsAxes ? (width, 1) : (1, width)
    return rearranged(
      width: newWidth, height: newHeight,
      origin: (turn.mirrorsX ? (newWidth - 1) * right : 0)
        + (turn.mirrorsY ? (newHeight - 1) * down : 0),
      right: turn.mirrorsX ? -right : right, down: turn.mirrorsY ? -down : down)
  }

  /// The picture with a border of `value`, one sample per channel, around it; its widths are in
  /// pixels, 0 or more.
  public func padded(left: Int, top: Int, right: Int, bottom: Int, value: [Sample]) -> Self {
    precondition(left >= 0 && top >= 0 && right >= 0 && bottom >= 0 && value.count == channels)
    let newWidth = width + left + right
    let newHeight = height + top + bottom
    var result = replacing(width: 1, height: 1, pixels: value)
      .rearranged(width: newWidth, height: newHeight, origin: 0, right: 0, down: 0)
    result.draw(self, x: left, y: top)
    return result
  }

  /// The picture centred in the smallest square that holds it; the odd pixel goes right or below.
  public func paddedToSquare(value: [Sample]) -> Self {
    let side = max(width, height)
    let left = (side - width) / 2
    let top = (side - height) / 2
    return padded(
      left: left, top: top, right: side - width - left, bottom: side - height - top, value: value)
  }

  /// Draws `picture` over this one with its top left corner at (`x`, `y`); it must fit.
  public mutating func draw(_ picture: Self, x: Int, y: Int) {
    precondition(
      x >= 0 && y >= 0 && x + picture.width <= width && y + picture.height <= height
        && picture.channels == channels,
      "a picture of \(picture.width)×\(picture.height) at (\(x), \(y)) outside \(width)×\(height)")
    let rowCount = picture.width * channels
    let (rowStride, start) = (width * channels, (y * width + x) * channels)
    pixels.withUnsafeMutableBufferPointer { target in
      picture.pixels.withUnsafeBufferPointer { source in
        for row in 0..<picture.height {
          let from = UnsafeBufferPointer(rebasing: source[row * rowCount..<(row + 1) * rowCount])
          let first = start + row * rowStride
          _ = UnsafeMutableBufferPointer(rebasing: target[first..<first + rowCount])
            .update(fromContentsOf: from)
        }
      }
    }
  }

  /// The picture whose pixel (x, y) is this one's pixel number `origin + x·right + y·down`.
  private func rearranged(
    width: Int, height: Int, origin: Int, right: Int, down: Int
  ) -> Self {
    let count = width * height * channels
    let size = channels * MemoryLayout<Sample>.stride
    let result = [Sample](unsafeUninitializedCapacity: count) { buffer, initialized in
      pixels.withUnsafeBytes { source in
        copyPixels(
          from: source, to: UnsafeMutableRawBufferPointer(buffer), pixelSize: size,
          width: width, height: height, origin: origin, right: right, down: down)
      }
      initialized = count
    }
    return replacing(width: width, height: height, pixels: result)
  }
}

/// Not generic, so that callers in other modules run it at full speed.
private func copyPixels(
  from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, pixelSize: Int,
  width: Int, height: Int, origin: Int, right: Int, down: Int
) {
  guard let from = source.baseAddress, let to = target.baseAddress else { return }
  for y in 0..<height {
    let rowFrom = from + (origin + y * down) * pixelSize
    let rowTo = to + y * width * pixelSize
    if right == 1 {
      rowTo.copyMemory(from: rowFrom, byteCount: width * pixelSize)
      continue
    }
    let step = right * pixelSize
    for x in 0..<width {
      for byte in 0..<pixelSize {
        let value = rowFrom.load(fromByteOffset: x * step + byte, as: UInt8.self)
        rowTo.storeBytes(of: value, toByteOffset: x * pixelSize + byte, as: UInt8.self)
      }
    }
  }
}
