import Support

/// The text of a progress bar: what is said, apart from when and where.
package struct ProgressLine: Sendable {
  var title: String
  var total: Int?
  var unit: String
  /// Done before the clock started; not part of the rate.
  var alreadyCompleted: Int
  /// Seconds, on the clock that `now` is read from.
  var start: Double

  /// Whole percent done, 0…100; nil when the total is unknown.
  func percent(_ completed: Int) -> Int? {
    guard let total else { return nil }
    return total > 0 ? min(100, Int(100 * Double(completed) / Double(total))) : 100
  }

  /// - Parameter width: Columns to fill, with a bar if there is room; nil for text alone.
  func text(completed: Int, detail: String, now: Double, width: Int?) -> String {
    let rate = rate(completed, now)
    let percent = percent(completed)
    var parts = percent.map { ["\($0) %"] } ?? []
    parts.append(count(completed))
    if rate > 0 { parts.append(rateText(rate)) }
    if rate > 0, let total, total >= completed {
      parts.append("\(Quantity.duration(Double(total - completed) / rate)) left")
    }
    if !detail.isEmpty { parts.append(detail) }
    let text = parts.joined(separator: "  ")

    let room = min(20, (width ?? 0) - title.count - text.count - 5)
    guard let percent, room >= 5 else { return "\(title)  \(text)" }
    return "\(title)  \(bar(percent, room)) \(text)"
  }

  func summary(completed: Int, detail: String, now: Double) -> String {
    let rate = rate(completed, now)
    var text = "\(title)  \(count(completed)) in \(Quantity.duration(now - start))"
    if rate > 0 { text += " (\(rateText(rate)))" }
    return detail.isEmpty ? text : text + "  " + detail
  }

  private func count(_ completed: Int) -> String {
    let total = total == completed ? nil : total
    if unit == Self.bytes {
      return Quantity.bytes(completed) + (total.map { "/" + Quantity.bytes($0) } ?? "")
    }
    let units = (total ?? completed) == 1 ? unit : unit + "s"
    return Quantity.count(completed) + (total.map { "/" + Quantity.count($0) } ?? "") + " " + units
  }

  private func rateText(_ rate: Double) -> String {
    unit == Self.bytes ? Quantity.bytes(Int(rate)) + "/s" : Quantity.rate(rate, unit)
  }

  private static let bytes = "B"

  private func rate(_ completed: Int, _ now: Double) -> Double {
    now > start ? Double(completed - alreadyCompleted) / (now - start) : 0
  }

  private func bar(_ percent: Int, _ width: Int) -> String {
    let filled = width * percent / 100
    let head = filled < width ? ">" : ""
    let empty = String(repeating: " ", count: max(0, width - filled - head.count))
    return "[" + String(repeating: "=", count: filled) + head + empty + "]"
  }
}
