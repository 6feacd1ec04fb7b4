import Foundation
import Pictures
import Support

/// What is worth knowing about an edit before it begins.
public enum EditNote: Sendable, SettingMessage {
  /// The mask covers so little of the picture that the network hardly sees it; `region` is the part
  /// that is worked on instead of the whole.
  case smallMask(_ mask: String, share: Double, region: PictureSize?)
  /// The mask's file is black and white and has transparency; both were heeded.
  case maskWithTransparency(_ mask: String)
  /// The mask's file is a picture with transparency, and only the latter was heeded.
  case maskIsPicture(_ mask: String)
  /// What one of the files was read with.
  case picture(FileWarning)
  /// The mask's file is opaque but for what was erased from it, which is the mask.
  case maskWasErased(_ mask: String)
  case memory(MemoryEstimate, available: Int?)

  /// What must be said of where a mask was taken from, if anything.
  package init?(_ mask: RepaintMask) {
    switch mask.basis {
    case .visibleGray: self = .maskWithTransparency(mask.name)
    case .alphaOfPicture: self = .maskIsPicture(mask.name)
    case .erased: self = .maskWasErased(mask.name)
    case .gray, .alpha, nil: return nil
    }
  }

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .smallMask(let mask, let share, let region):
      "warning: \(mask): the mask covers only \((100 * share).significant(2)) % of the "
        + "picture; "
        + (region.map { "\(name("crop")) auto works on the \($0) pixels around it" }
          ?? "the network will hardly see it: \(name("crop")) auto works on the part around it "
          + "instead")
    case .maskWithTransparency(let mask):
      "warning: \(mask): the mask has black and white and transparency: transparent parts count as "
        + "black; if they should not, save it without transparency"
    case .maskIsPicture(let mask):
      "warning: \(mask): the mask has grey levels and transparency: the mask is what is opaque, "
        + "whatever its grey level; if it is what was erased, add or remove "
        + "\(name("invert-mask")); if it is the grey levels, save it without transparency"
    case .picture(let warning):
      "warning: \(warning)"
    case .maskWasErased(let mask):
      "warning: \(mask): the mask is opaque around transparent parts: the mask is what was erased; "
        + "if it is what is opaque, add or remove \(name("invert-mask"))"
    case .memory(let needed, let available?):
      "Needs \(needed); \(MemoryEstimate.text(available)) are available."
    case .memory(let needed, nil):
      "Needs \(needed)."
    }
  }
}
