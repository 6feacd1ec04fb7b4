/// How latents are brought from noise to a picture.
public enum Sampler: String, CaseIterable, Sendable {
  case plms
  case ddim
  case dpmSolver = "dpm++"
  case uniPC = "unipc"

  /// Whether it can add noise on the way (η).
  public var takesEta: Bool { self == .ddim }

  /// Network evaluations for so many steps; with guidance each is of two conditions.
  ///
  /// - Parameter singleStep: what PLMS does when there is one step.
  public func evaluations(steps: Int, singleStep: SingleStep = .heun) -> Int {
    guard self == .plms else { return steps }
    return steps == 1 && singleStep == .euler ? 1 : steps + 1
  }
}
