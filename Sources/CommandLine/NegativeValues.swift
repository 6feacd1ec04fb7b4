extension [String] {
  /// The arguments with negative values joined to their options: `--box -1,0,5,5` as
  /// `--box=-1,0,5,5`. ArgumentParser takes what begins with a dash for an option; no program here has
  /// options that begin with one dash.
  package var joiningNegativeValues: [String] {
    var result: [String] = []
    for (place, argument) in enumerated() {
      if result.contains("--") {
        result.append(argument)
      } else if argument.isNegativeValue, place > 0, self[place - 1].isLongOption {
        result[result.count - 1] += "=" + argument
      } else {
        result.append(argument)
      }
    }
    return result
  }
}

extension String {
  /// Whether it begins as a negative number does: a dash and a digit, a point, infinity, not a number.
  fileprivate var isNegativeValue: Bool {
    let rest = dropFirst()
    guard first == "-", let next = rest.first else { return false }
    return next.isASCII && next.isNumber || next == "."
      || ["inf", "nan"].contains { rest.lowercased().hasPrefix($0) }
  }

  fileprivate var isLongOption: Bool { hasPrefix("--") && count > 2 && !contains("=") }
}
