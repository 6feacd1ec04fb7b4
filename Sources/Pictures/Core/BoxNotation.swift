import Support

/// What the numbers of a written box count.
public enum BoxNotation: String, Sendable, CaseIterable, Codable {
  /// Pixels of the picture as displayed.
  case pixels
  /// Fractions of the sides of the picture as displayed.
  case fractions
}

extension BoxNotation {
  /// What a line of a manifest states under `box_units`; nil where it states nothing.
  ///
  /// - Throws: ``BoxProblem``.
  package init?(stated value: StrictJSON?) throws {
    guard let value else { return nil }
    guard case .string(let word) = value, let notation = BoxNotation(rawValue: word) else {
      throw BoxProblem(
        description: "'box_units' must be \"pixels\" or \"fractions\", found \(value.summary)")
    }
    self = notation
  }
}

extension Box {
  /// Whether the numbers cannot be meant as they would be taken.
  ///
  /// Where nothing is stated they are pixels. Numbers of at most about 1 are then no object but one
  /// pixel in a corner: somebody's fractions, for which [0, 0, 1, 1] is the whole picture. A little
  /// more than 1 is a box that reaches beyond the border.
  ///
  /// - Parameter notation: what is stated, if anything is.
  package func contradicts(_ notation: BoxNotation?) -> Bool {
    let areSmall = [x0, y0, x1, y1].allSatisfy { abs($0) <= 1.5 }
    return switch notation {
    case nil: areSmall
    case .pixels: false
    case .fractions: !areSmall
    }
  }

  /// Refuses numbers in a line of a manifest that cannot be meant as they would be taken.
  ///
  /// - Parameters:
  ///   - notation: what is stated, if anything is.
  ///   - name: what the message calls the box.
  ///   - elsewhere: where else fractions can be stated, if anywhere: `or …`.
  /// - Throws: ``BoxProblem``.
  package func require(
    _ notation: BoxNotation?, name: String, elsewhere: String = ""
  ) throws(BoxProblem) {
    guard contradicts(notation) else { return }
    throw BoxProblem(
      description: notation == nil
        ? "\(name) \(list) looks like fractions of the picture's sides, but pixels are expected; "
          + "if fractions are meant, say \"box_units\": \"fractions\" in the line" + elsewhere
        : "\(name) \(list) is not in fractions of the picture's sides (0 to 1), as is stated")
  }

  package func scaled(_ horizontally: Float, _ vertically: Float) -> Box {
    Box(x0 * horizontally, y0 * vertically, x1 * horizontally, y1 * vertically)
  }

  /// `[x0, y0, x1, y1]`, numbers as short as they round-trip.
  package var list: String {
    "[\(x0.shortest), \(y0.shortest), \(x1.shortest), \(y1.shortest)]"
  }
}

/// What is wrong with a box in a line of a manifest, without the file and the number.
package struct BoxProblem: Error, CustomStringConvertible {
  package let description: String
}
