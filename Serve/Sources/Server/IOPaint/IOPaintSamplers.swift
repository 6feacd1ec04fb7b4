import PaintByExample

/// Our samplers under the names that IOPaint's clients know.
enum IOPaintSamplers {
  static let all: [(name: String, sampler: Sampler)] = [
    ("PNDM", .plms), ("DDIM", .ddim), ("DPM++ 2M", .dpmSolver), ("UniPC", .uniPC),
    ("LCM", .lcm),
  ]

  /// - Throws: ``Refusal`` for what we don't have.
  static func find(_ name: String) throws(Refusal) -> Sampler {
    guard let found = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name).joined(separator: ", ")
      throw .invalid("sd_sampler is \(quoted(name)), expected one of \(known)")
    }
    return found.sampler
  }
}
