import Foundation

/// Where an evaluation keeps what it makes on the way, within its output folder.
struct EvaluationFolder {
  let url: URL

  init(_ url: URL) { self.url = url }

  /// Pictures made, not those given with `--results`.
  var results: URL { url.appending(path: "results") }
  var features: URL { url.appending(path: "features") }

  var scores: CaseStore<ScorePieceFormat> {
    CaseStore("scores", in: url.appending(path: "scores"), format: ScorePieceFormat())
  }
}
