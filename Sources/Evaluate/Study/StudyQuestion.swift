/// What raters are asked of a group.
public enum StudyQuestion: String, Codable, Sendable, CaseIterable {
  case quality, consistency

  var title: String {
    switch self {
    case .quality: "Which picture looks best?"
    case .consistency: "Which shows the reference best?"
    }
  }

  /// Before the first group.
  var explanation: String {
    switch self {
    case .quality:
      "Judge each result as a picture: does it look real, with no seams, no blur and no odd shapes, "
        + "and does the changed region belong to the rest? Never mind whether it shows the object of "
        + "the reference."
    case .consistency:
      "Judge what each result shows in the outlined region: is it the object of the reference, in kind, "
        + "colour and detail? Never mind how well the picture is made otherwise."
    }
  }

  /// Beside each group.
  var reminder: String {
    switch self {
    case .quality: "Real, clean, and of one piece. Never mind the reference."
    case .consistency: "In the outlined region: the reference’s object. Never mind other flaws."
    }
  }
}
