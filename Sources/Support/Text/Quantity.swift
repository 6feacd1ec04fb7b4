/// Numbers as a person reads them.
public enum Quantity {
  /// `"512 B"`, `"1.4 MB"`, `"5.2 GB"`: powers of 1000, as disks are sold.
  public static func bytes(_ count: Int) -> String {
    scaled(Double(count), ["B", "kB", "MB", "GB", "TB", "PB"])
  }

  /// `"950"`, `"14.6 M"`: three significant digits with a unit prefix.
  public static func count(_ count: Int) -> String {
    abs(count) < 10_000 ? "\(count)" : scaled(Double(count), ["", "k", "M", "G", "T"])
  }

  /// `"0.42 s"`, `"12 s"`, `"3 min 5 s"`, `"2 h 7 min"`, `"4 d 3 h"`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "unknown" }
    if seconds < 9.95 { return decimal(max(seconds, 0)) + " s" }
    let whole = Int(seconds.rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    case ..<86_400: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    default: return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }
  }

  /// `"3.2 step/s"`, or the time for one when that is longer than a second: `"2.5 s/step"`.
  public static func rate(_ perSecond: Double, _ unit: String) -> String {
    guard perSecond.isFinite, perSecond > 0 else { return "– \(unit)/s" }
    if perSecond < 1 { return "\(duration(1 / perSecond))/\(unit)" }
    if perSecond < 999.5 { return "\(decimal(perSecond)) \(unit)/s" }
    return "\(scaled(perSecond, ["", "k", "M", "G"])) \(unit)/s"
  }

  private static func scaled(_ value: Double, _ units: [String]) -> String {
    var value = value
    var unit = 0
    while abs(value) >= 999.5, unit + 1 < units.count {
      value /= 1000
      unit += 1
    }
    let digits = unit == 0 && value == value.rounded() ? "\(Int(value))" : decimal(value)
    return units[unit].isEmpty ? digits : "\(digits) \(units[unit])"
  }

  /// Two significant digits at least, no more than two after the point.
  private static func decimal(_ value: Double) -> String {
    let places = abs(value) < 0.995 ? 2 : abs(value) < 99.95 ? 1 : 0
    return value.fixed(places)
  }
}
