import Pictures

/// What a mask that makes no sense holds, for a message that says what to do about it.
public struct MaskLevels: Sendable, Equatable {
  public let darkest: UInt8
  public let lightest: UInt8
  /// Whether black was to be repainted.
  public let isInverted: Bool
  /// A colour that is strong but dark, such as red, which somebody may have drawn the mask in.
  public let colour: [UInt8]?

  init(_ drawn: GrayImage, isInverted: Bool, colour: [UInt8]?) {
    darkest = drawn.pixels.min() ?? 0
    lightest = drawn.pixels.max() ?? 0
    self.isInverted = isInverted
    self.colour = colour
  }

  /// Why the mask is empty or full, and how to make it right.
  func hint(_ name: (String) -> String) -> String {
    if lightest < 128 { return darkHint(name) }
    let found = "its smallest value is \(darkest)"
    return isInverted
      ? "\(found), and \(name("invert-mask")) means to edit what is below 128: leave it out if white "
        + "means edit in yours, or make black (0) what is to be edited"
      : "\(found), and white means edit: make black (0) what is to stay"
  }

  /// Of a mask without a light pixel.
  private func darkHint(_ name: (String) -> String) -> String {
    if let colour {
      let numbers = colour.map { "\($0)" }.joined(separator: ", ")
      return "it has the colour (\(numbers)), whose grey level is only \(lightest); "
        + "draw in white (255) instead"
    }
    switch lightest {
    case 0:
      return "its largest value is 0 (of 16-bit values the upper byte counts); draw in white (255) "
        + "what \(isInverted ? "is to stay" : "is to be edited")"
    case 1:
      return "its largest value is 1, so it may be made of 0 and 1: multiply its values by 255"
    default:
      return "its largest value is \(lightest); make white (255) what "
        + (isInverted ? "is to stay" : "is to be edited")
    }
  }
}
