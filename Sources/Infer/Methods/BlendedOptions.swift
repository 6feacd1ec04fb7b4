import Support

/// How Blended Diffusion is guided.
public struct BlendedOptions: Sendable, Equatable {
  /// Weight of CLIP's distance, λ.
  public var weight: Float = 100
  /// Copies of the picture that CLIP sees at each step, all but the first turned and tilted; 1…256.
  public var copies = 8
  /// Share of the steps, from the noisiest on, that are left out; 0 up to less than 1.
  public var skipped: Float = 0.25
  /// Whether the gradient goes through the UNet, instead of taking its output for a constant.
  public var goesThroughUNet = false
  /// Whether CLIP sees a picture decoded at half the size.
  public var decodesHalf = false

  public init() {}

  /// - Throws: ``EditError/badSetting(_:_:_:)``.
  public func validate() throws {
    guard weight.isFinite, weight >= 0 else {
      throw EditError.badSetting("guide-weight", "\(weight)", "a finite number of at least 0")
    }
    guard (1...256).contains(copies) else {
      throw EditError.badSetting("guide-copies", "\(copies)", "1 to 256")
    }
    guard skipped >= 0, skipped < 1 else {
      throw EditError.badSetting("guide-skip", "\(skipped)", "0 up to less than 1")
    }
  }

  /// For a record.
  var told: [String: JSONValue] {
    [
      "guide-weight": .number(Double(weight)), "guide-copies": .integer(copies),
      "guide-skip": .number(Double(skipped)),
      "guide-gradient": .string(
        goesThroughUNet
          ? "through decoder and UNet" : "through the decoder, the UNet's output taken as it is"),
      "guide-decoding": .string(decodesHalf ? "at half the size" : "at full size"),
    ]
  }
}
