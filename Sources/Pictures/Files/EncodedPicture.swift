import CImage
import Support

/// The bytes of a picture file, whose header makes sense.
struct EncodedPicture {
  let header: ImageHeader
  private let bytes: [UInt8]
  private let name: String
  private let found: CImageHeader

  /// - Parameter bytes: all of the file; the first ones do where the header lies in them.
  /// - Throws: `ImageError`.
  init(_ bytes: [UInt8], name: String) throws {
    guard !bytes.isEmpty else { throw ImageError.empty(name: name) }
    guard let format = ImageFormat(contentOf: bytes) else {
      let foreign = ForeignData(bytes)
      throw ImageError.unknownFormat(name: name, found: foreign.found, advice: foreign.advice)
    }
    var found = CImageHeader()
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    guard format.readHeader(bytes, &found, &message) else {
      throw ImageError(name: name, format, message)
    }
    (self.bytes, self.name, self.found) = (bytes, name, found)
    header = ImageHeader(
      format, storedWidth: Int(found.shape.width), storedHeight: Int(found.shape.height),
      orientation: Int(found.orientation))
    _ = try ImageFile.pixelLimit.get()
    guard header.width > 0, header.height > 0 else {
      throw ImageError.damaged(name: name, format: format, reason: "no valid size")
    }
    let (pixels, overflow) = header.width.multipliedReportingOverflow(by: header.height)
    if overflow || pixels > ImageFile.maximumPixels {
      throw ImageError.tooLarge(name: name, width: header.width, height: header.height)
    }
  }

  /// Decodes the picture.
  ///
  /// - Throws: `ImageError`.
  func pixels(_ tolerance: LossTolerance) throws -> Pixels {
    let format = header.format
    try requireMemory()
    let count = header.width * header.height * Int(found.shape.channels)
    var outcome = DecodingOutcome()
    let samples = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let start = buffer.baseAddress,
        format.decode(bytes, found.shape, into: start, &outcome)
      else { throw ImageError(name: name, format, outcome.message) }
      initialized = count
    }
    switch tolerance {
    case .none where outcome.loss.isLossy, .asPillow where outcome.loss.is_cut_short != 0:
      throw ImageError.damaged(
        name: name, format: format, reason: "it ends early: \(outcome.loss.text(of: found.shape))")
    case .none, .asPillow, .all: break
    }
    return Pixels(samples, channels: Int(found.shape.channels), header, warnings(outcome))
  }

  /// Of large pictures, which are few: asking the system takes longer than decoding a small one.
  ///
  /// - Throws: `ImageError/noMemory(name:width:height:needed:available:)`.
  private func requireMemory() throws {
    let pixels = header.width * header.height
    guard pixels > Self.fewPixels, let available = AvailableMemory.bytes else { return }
    let needed = Self.bytesPerPixel * pixels
    guard needed > available else { return }
    throw ImageError.noMemory(
      name: name, width: header.width, height: header.height, needed: needed, available: available)
  }

  private static let fewPixels = 8 << 20
  /// Measured at the peak of decoding: samples, their conversion to colours and opacity.
  private static let bytesPerPixel = 12

  private func warnings(_ outcome: DecodingOutcome) -> [ImageWarning] {
    var warnings: [ImageWarning] = []
    if let promised = ImageFormat(promisedBy: name), promised != header.format {
      warnings.append(.mislabelled(found: header.format))
    }
    let reason = String(message: outcome.message)
    if outcome.loss.isLossy {
      warnings.append(.cutShort(format: header.format, loss: outcome.loss.text(of: found.shape)))
    } else if !reason.isEmpty {
      warnings.append(.faulty(format: header.format, reason: reason))
    }
    if found.pictures > 1 {
      warnings.append(.furtherPictures(count: Int(found.pictures)))
    }
    return warnings
  }
}

/// Which losses of a picture are warnings rather than errors.
enum LossTolerance {
  case none
  /// A file that ends early is an error; one that has its end, but lost something on the way, isn't.
  case asPillow
  case all
}

extension CImageLoss {
  fileprivate var isLossy: Bool { is_cut_short != 0 || missing_rows > 0 }

  fileprivate func text(of shape: CImageShape) -> String {
    missing_rows > 0
      ? "the last \(missing_rows) of its \(shape.height) rows are missing or lack detail"
      : "some of its detail may be missing"
  }
}

/// What a decoder says beside the pixels.
private struct DecodingOutcome {
  var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
  var loss = CImageLoss()
}

extension ImageFormat {
  /// Whether that succeeded; else `message` says why.
  fileprivate func readHeader(
    _ bytes: [UInt8], _ header: inout CImageHeader, _ message: inout [CChar]
  ) -> Bool {
    let read =
      switch self {
      case .jpeg: cimage_jpeg_header
      case .png: cimage_png_header
      case .webP: cimage_webp_header
      case .tiff: cimage_tiff_header
      }
    return read(bytes, bytes.count, &header, &message) == 1
  }

  /// Whether that succeeded; else `outcome.message` says why.
  fileprivate func decode(
    _ bytes: [UInt8], _ shape: CImageShape, into pixels: UnsafeMutablePointer<UInt8>,
    _ outcome: inout DecodingOutcome
  ) -> Bool {
    let count = bytes.count
    let succeeded =
      switch self {
      case .jpeg:
        cimage_jpeg_decode(
          bytes, count, shape, pixels, &outcome.loss, &outcome.message)
      case .png: cimage_png_decode(bytes, count, shape, pixels, &outcome.message)
      case .webP: cimage_webp_decode(bytes, count, shape, pixels, &outcome.message)
      case .tiff: cimage_tiff_decode(bytes, count, shape, pixels, &outcome.message)
      }
    return succeeded == 1
  }
}

extension ImageError {
  /// A decoder's refusal.
  fileprivate init(name: String, _ format: ImageFormat, _ message: [CChar]) {
    let text = String(message: message)
    // libtiff counts what it cannot find from −1, and has no name for a file in memory.
    let isPlain = !text.isEmpty && !text.contains("4294967295")
    let reason = isPlain ? String(text.trimmingPrefix(": ")) : "it cannot be read"
    let unsupported = "Unsupported"
    guard reason.hasPrefix(unsupported) else {
      self = .damaged(name: name, format: format, reason: reason)
      return
    }
    let detail = reason.trimmingPrefix(unsupported + ": ")
    self = .unsupported(name: name, format: format, reason: String(detail))
  }
}

extension String {
  /// A message from C.
  init(message: [CChar]) {
    self.init(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
