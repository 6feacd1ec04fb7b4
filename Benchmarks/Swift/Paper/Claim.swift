/// What became of a claim of the paper.
///
/// The rule was written down before the first run: the claim is stated as a difference that is above
/// zero if it is true. It holds where all of the difference's 95 % interval is above zero, it does not
/// hold where all of it is below, and otherwise it cannot be told at this size.
package enum Verdict: String, Sendable {
  case holds
  case fails = "does not hold"
  case open = "cannot be told at this size"

  /// - Parameter difference: stated so that the claim says it is above zero.
  package init(_ difference: Estimate) {
    self = difference.low > 0 ? .holds : difference.high < 0 ? .fails : .open
  }
}

/// A claim, what the paper says in numbers, and what was found.
package struct Finding: Sendable {
  /// In words, as a sentence.
  package let claim: String
  /// The paper's numbers for it, or where it shows it.
  package let published: String
  /// Of what, so that it is above zero if the claim is true.
  package let difference: Estimate
  package var verdict: Verdict { Verdict(difference) }

  package init(_ claim: String, published: String, _ difference: Estimate) {
    (self.claim, self.published, self.difference) = (claim, published, difference)
  }
}
