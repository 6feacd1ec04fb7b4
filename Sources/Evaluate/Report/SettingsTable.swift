import Support

/// How a run came about, in rows of a name and a value.
struct SettingsTable {
  let metrics: EvaluationMetrics
  /// Names of rows that are told elsewhere.
  var omitted: Set<String> = []

  var html: String {
    let lines = rows.filter { !omitted.contains($0.0) }
      .map { "<tr><th>\(escaped($0))</th><td>\(escaped($1))</td></tr>" }
    return "<table>\(lines.joined(separator: "\n"))</table>"
  }

  private var rows: [(String, String)] {
    let settings = metrics.settings
    var rows = [
      ("cases", counts), ("bench", settings.bench), ("results", settings.results),
      ("result size", settings.resultSize), ("bench size", settings.benchSize),
      ("resized", settings.resize ?? "no"),
    ]
    rows += settings.generation?.rows ?? []
    rows += hashes
    rows += metrics.selection.list.names.compactMap { name in
      metrics.selection.leftOut[name].map { ("\(name) left out", $0) }
    }
    if !metrics.jpegFiles.isEmpty { rows.append(("JPEG data", metrics.jpegList)) }
    return rows
  }

  private var counts: String {
    "\(metrics.count) scored of \(metrics.listed) listed"
      + metrics.settings.part.map { ", \($0)" }.joined()
      + (metrics.isSubset ? "; a subset: published numbers are of 3500" : "")
  }

  private var hashes: [(String, String)] {
    [
      ("SHA-256 of bench", "bench"), ("SHA-256 of results", "results"), ("of model", "model"),
      ("of guide", "guide"), ("of harmoniser", "harmoniser"),
      ("of CLIP", "clip"), ("of InceptionV3", "inception"),
      ("of reference statistics", "reference_statistics"), ("of Gaussian mixture", "gmm"),
    ].compactMap { title, name in metrics.hashes[name].map { (title, $0) } }
  }
}

extension EvaluationSettings {
  /// What a table calls the run.
  public var label: String { generation?.name ?? results }
}
