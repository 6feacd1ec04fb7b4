/// What CLIP's towers have between their layers' linear maps.
public enum CLIPActivation: String, CaseIterable, Sendable {
  /// `x · σ(1.702 x)`, as OpenAI's CLIP was trained.
  case quickGELU = "quick_gelu"
  case gelu
}
