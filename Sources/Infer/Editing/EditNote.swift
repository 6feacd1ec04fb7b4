import Foundation
import Pictures
import Support

/// What is worth knowing about an edit before it begins.
public enum EditNote: Sendable, SettingMessage {
  /// The mask covers so little of the picture that the network hardly sees it; `region` is the part
  /// that is worked on instead of the whole.
  case smallMask(_ mask: String, share: Double, region: PictureSize?)
  case memory(MemoryEstimate, available: Int?)

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .smallMask(let mask, let share, let region):
      "warning: \(mask): the mask covers only \((100 * share).significant(2)) % of the "
        + "picture; "
        + (region.map { "\(name("crop")) auto works on the \($0) pixels around it" }
          ?? "the network will hardly see it: \(name("crop")) auto works on the part around it "
          + "instead")
    case .memory(let needed, let available?):
      "Needs \(needed); \(MemoryEstimate.text(available)) are available."
    case .memory(let needed, nil):
      "Needs \(needed)."
    }
  }
}
