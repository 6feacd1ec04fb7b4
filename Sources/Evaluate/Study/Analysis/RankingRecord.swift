/// One ranking by one rater, as a file has it.
struct RankingRecord: Equatable {
  let rater: String
  let question: String
  let group: String
  /// In the order of the methods; those that share a place have its mean.
  let ranks: [Double]
  let file: String
  /// How long it took; nil where it isn't known.
  var seconds: Double?
}

/// What one file of answers holds.
struct AnswerFile {
  let path: String
  /// In the order in which they were listed.
  let methods: [String]
  /// Rankings to analyse.
  var rankings: [RankingRecord] = []
  /// Rankings of groups that are shown again, under the name of the group that they repeat.
  var repeats: [RankingRecord] = []
  /// Rankings of groups with a spoiled picture. The method that it stands for has rank 0.
  var attention: [RankingRecord] = []
  /// What was left out, and why.
  var leftOut: [String] = []
}
