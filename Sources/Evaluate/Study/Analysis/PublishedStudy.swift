import Foundation

/// The mean ranks that the paper prints of its own study.
enum PublishedStudy {
  static let source = "Yang et al., Paint by Example, CVPR 2023, arXiv:2211.13227, Table 2"
  static let raters = 50
  static let groups = 30

  static let methods = [
    "Blended Diffusion-Image", "Blended Diffusion-Text", "DCCF", "Stable Diffusion",
    "Paint by Example",
  ]

  /// By question, in the order of ``methods``; 1 is the best rank.
  static let meanRanks: [(question: String, means: [Double])] = [
    ("quality", [3.83, 3.93, 3.09, 2.36, 1.79]),
    ("consistency", [3.84, 3.95, 1.66, 3.48, 2.07]),
  ]

  /// What else these methods are called, without case and signs.
  private static let names: [[String]] = [
    ["blendeddiffusionimage", "blendedimage", "bdimage"],
    ["blendeddiffusiontext", "blendedtext", "bdtext"],
    ["dccf"],
    ["stablediffusion", "sdinpaint", "sd"],
    ["paintbyexample", "pbe", "ours"],
  ]

  /// The paper's mean rank of a method of that name; nil where the paper has none.
  static func meanRank(of method: String, for question: String) -> Double? {
    let plain = method.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    guard let place = names.firstIndex(where: { $0.contains(plain) }),
      let row = meanRanks.first(where: { $0.question == question })
    else { return nil }
    return row.means[place]
  }
}
