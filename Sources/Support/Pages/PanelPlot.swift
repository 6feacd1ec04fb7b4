/// Small multiples: a panel for each metric, its points with 95 % intervals against a setting.
///
/// Colours are attributes, which every program understands, and a style sheet overrides them where
/// the reader prefers the dark.
package struct PanelPlot {
  package struct Point {
    let x: Double
    let value: Double
    let interval: [Double]?

    /// - Parameter interval: Low, high.
    package init(x: Double, value: Double, interval: [Double]?) {
      (self.x, self.value, self.interval) = (x, value, interval)
    }
  }

  package struct Panel {
    let title: String
    let note: String
    let points: [[Point]]

    /// - Parameter points: In the order of the plot's series.
    package init(title: String, note: String, points: [[Point]]) {
      (self.title, self.note, self.points) = (title, note, points)
    }
  }

  let title: String
  let note: String
  let axis: String
  let marks: [Double]
  let series: [String]
  let panels: [Panel]

  /// - Parameters:
  ///   - title: Above it all.
  ///   - note: Below the title.
  ///   - axis: What the horizontal axes show.
  ///   - marks: The settings on the horizontal axes.
  ///   - series: Names of the lines; one of them needs no legend.
  ///   - panels: A panel each.
  package init(
    title: String, note: String, axis: String, marks: [Double], series: [String], panels: [Panel]
  ) {
    (self.title, self.note, self.axis) = (title, note, axis)
    (self.marks, self.series, self.panels) = (marks, series, panels)
  }

  private static let columns = 3
  private static let panelWidth = 304.0
  private static let panelHeight = 226.0
  private static let gap = 14.0
  private static let margin = 24.0
  private static let colours = ["#0f766e", "#c2410c", "#4f46e5", "#a16207", "#be185d", "#0369a1"]
  private static let darkColours = [
    "#2dd4bf", "#fb923c", "#a5b4fc", "#facc15", "#f472b6", "#38bdf8",
  ]

  /// The picture as an element of a page.
  package var svg: String {
    let columns = max(1, min(Self.columns, panels.count))
    let rows = (panels.count + columns - 1) / columns
    let top = series.count > 1 ? 98.0 : 76.0
    let width = 2 * Self.margin + Double(columns) * (Self.panelWidth + Self.gap) - Self.gap
    let height = top + Double(rows) * (Self.panelHeight + Self.gap) - Self.gap + Self.margin
    let placed = panels.enumerated().map { i, panel in
      let x = Self.margin + Double(i % columns) * (Self.panelWidth + Self.gap)
      let y = top + Double(i / columns) * (Self.panelHeight + Self.gap)
      return element("g", ["transform": "translate(\(at(x)) \(at(y)))"], elements(of: panel))
    }
    return element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": "panels", "role": "img",
        "aria-label": "\(title). \(note)", "viewBox": "0 0 \(at(width)) \(at(height))",
        "width": at(width), "height": at(height),
        "font-family": "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
        "font-size": "12",
      ],
      [
        element("style", text: Self.style),
        element("rect", ["class": "page", "width": "100%", "height": "100%", "fill": "#ffffff"]),
        text(title, Self.margin, 34, .strong, size: 18), text(note, Self.margin, 56, .soft),
      ] + (series.count > 1 ? legend : []) + placed)
  }

  private var legend: [String] {
    var x = Self.margin
    return series.enumerated().flatMap { i, name in
      defer { x += 40 + 7 * Double(name.count) }
      return [dot(x + 5, 76, i), text(name, x + 15, 80, .ink)]
    }
  }

  // MARK: A panel

  private func elements(of panel: Panel) -> [String] {
    let (left, right) = (58.0, Self.panelWidth - 12)
    let (top, bottom) = (50.0, Self.panelHeight - 46)
    let reached = panel.points.joined().flatMap { [$0.value] + ($0.interval ?? []) }
    let across = PlotAxis(marking: marks, from: left, to: right)
    let up = PlotAxis(holding: reached, from: bottom, to: top)
    let card: KeyValuePairs = [
      "class": "card", "width": at(Self.panelWidth), "height": at(Self.panelHeight), "rx": "10",
      "fill": "#ffffff", "stroke": "#e3e6e8",
    ]
    let frame = [
      element("rect", card), text(panel.title, 14, 24, .strong, size: 13),
      text(panel.note, 14, 39, .soft, size: 11),
    ]
    let levels = zip(up.ticks, up.labels).flatMap { value, label in
      [
        line(left, up.place(value), right, up.place(value), "grid", "#e3e6e8"),
        text(label, left - 8, up.place(value) + 4, .soft, anchor: "end"),
      ]
    }
    let axis = [
      line(left, bottom, right, bottom, "axis", "#9ba1a6"),
      text(self.axis, (left + right) / 2, Self.panelHeight - 12, .soft, anchor: "middle"),
    ]
    return frame + levels + axis + labels(across, bottom)
      + panel.points.enumerated().flatMap { curve($1, $0, across, up) }
  }

  /// Marks of the settings; those too near to the one before are left out.
  private func labels(_ across: PlotAxis, _ bottom: Double) -> [String] {
    var free = -Double.infinity
    return marks.sorted().flatMap { mark in
      let (x, label) = (across.place(mark), Float(mark).shortest)
      let half = 3.5 * Double(label.count) + 3
      let tick = line(x, bottom, x, bottom + 4, "axis", "#9ba1a6")
      guard x - half >= free else { return [tick] }
      free = x + half
      return [tick, text(label, x, bottom + 18, .soft, anchor: "middle")]
    }
  }

  /// Points, their intervals and the line through them; several lines stand side by side.
  private func curve(
    _ points: [Point], _ index: Int, _ across: PlotAxis, _ up: PlotAxis
  ) -> [String] {
    let shift = 5 * (Double(index) - Double(series.count - 1) / 2)
    func x(_ point: Point) -> Double { across.place(point.x) + shift }
    let place = index % Self.colours.count
    let (name, colour) = ("s\(place)", Self.colours[place])
    let path = points.enumerated()
      .map { "\($0 == 0 ? "M" : "L")\(at(x($1))) \(at(up.place($1.value)))" }
    let through = element(
      "path",
      [
        "class": "\(name) line", "d": path.joined(), "fill": "none", "stroke": colour,
        "stroke-width": "1.5", "stroke-opacity": "0.6",
      ])
    let bars = points.flatMap { point -> [String] in
      guard let interval = point.interval, interval.count == 2 else { return [] }
      let (x, low, high) = (x(point), up.place(interval[0]), up.place(interval[1]))
      return [
        line(x, low, x, high, name, colour, width: "1.5"),
        line(x - 4, low, x + 4, low, name, colour, width: "1.5"),
        line(x - 4, high, x + 4, high, name, colour, width: "1.5"),
      ]
    }
    return [through] + bars + points.map { dot(x($0), up.place($0.value), index) }
  }

  // MARK: Elements

  private enum Ink: String {
    case strong, ink, soft
  }

  private func text(
    _ text: String, _ x: Double, _ y: Double, _ ink: Ink, anchor: String = "start",
    size: Double = 12
  ) -> String {
    element(
      "text",
      [
        "class": ink.rawValue, "x": at(x), "y": at(y), "text-anchor": anchor,
        "font-size": at(size), "fill": ink == .soft ? "#687076" : "#1c2024",
        "font-weight": ink == .strong ? "600" : "400",
      ], text: text)
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ name: String, _ colour: String,
    width: String = "1"
  ) -> String {
    element(
      "line",
      [
        "class": "\(name) line", "x1": at(x1), "y1": at(y1), "x2": at(x2), "y2": at(y2),
        "stroke": colour, "stroke-width": width,
      ])
  }

  private func dot(_ x: Double, _ y: Double, _ index: Int) -> String {
    let i = index % Self.colours.count
    return element(
      "circle",
      ["class": "s\(i) dot", "cx": at(x), "cy": at(y), "r": "4", "fill": Self.colours[i]])
  }

  /// - Parameter text: Shown as it is; markup in it is escaped.
  private func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String = "",
    _ children: [String] = []
  ) -> String {
    let head = name + attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
    if text.isEmpty, children.isEmpty { return "<\(head)/>" }
    let content = escaped(text) + children.map { "\n\($0)" }.joined()
    return "<\(head)>\(content)\(children.isEmpty ? "" : "\n")</\(name)>"
  }

  /// A coordinate, to a hundredth of a unit.
  private func at(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  private static var style: String {
    let lines = darkColours.enumerated().map { i, colour in
      ".panels .s\(i).line { stroke: \(colour) } .panels .s\(i).dot { fill: \(colour) }"
    }
    return """

      @media (prefers-color-scheme: dark) {
      .panels .page { fill: #121416 }
      .panels .card { fill: #1a1d1f; stroke: #2f3437 }
      .panels .strong, .panels .ink { fill: #eceef0 }
      .panels .soft { fill: #9ba1a6 }
      .panels .grid { stroke: #2f3437 }
      .panels .axis { stroke: #687076 }
      \(lines.joined(separator: "\n"))
      }

      """
  }
}
