/// Small multiples: a panel for each metric, its points with 95 % intervals against a setting.
///
/// Colours are attributes, which every program understands, and a style sheet overrides them where
/// the reader prefers the dark.
struct PanelPlot {
  struct Point {
    let x: Double
    let value: Double
    /// Low, high.
    let interval: [Double]?
  }

  struct Panel {
    let title: String
    let note: String
    /// In the order of ``PanelPlot/series``.
    let points: [[Point]]
  }

  let title: String
  let note: String
  /// What the horizontal axes show.
  let axis: String
  /// The settings on the horizontal axes.
  let marks: [Double]
  /// Names of the lines; one of them needs no legend.
  let series: [String]
  let panels: [Panel]

  private static let columns = 3
  private static let panelWidth = 304.0
  private static let panelHeight = 226.0
  private static let gap = 14.0
  private static let margin = 24.0
  private static let colours = ["#0f766e", "#c2410c", "#4f46e5", "#a16207", "#be185d", "#0369a1"]
  private static let darkColours = [
    "#2dd4bf", "#fb923c", "#a5b4fc", "#facc15", "#f472b6", "#38bdf8",
  ]

  var svg: SVGElement {
    let columns = max(1, min(Self.columns, panels.count))
    let rows = (panels.count + columns - 1) / columns
    let top = series.count > 1 ? 98.0 : 76.0
    let width = 2 * Self.margin + Double(columns) * (Self.panelWidth + Self.gap) - Self.gap
    let height = top + Double(rows) * (Self.panelHeight + Self.gap) - Self.gap + Self.margin
    let placed = panels.enumerated().map { i, panel in
      let x = Self.margin + Double(i % columns) * (Self.panelWidth + Self.gap)
      let y = top + Double(i / columns) * (Self.panelHeight + Self.gap)
      return SVGElement(
        "g", ["transform": "translate(\(Self.number(x)) \(Self.number(y)))"], elements(of: panel))
    }
    return SVGElement(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": "panels", "role": "img",
        "aria-label": "\(title). \(note)",
        "viewBox": "0 0 \(Self.number(width)) \(Self.number(height))",
        "width": Self.number(width), "height": Self.number(height),
        "font-family": "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
        "font-size": "12",
      ],
      [
        SVGElement("style", text: Self.style),
        SVGElement(
          "rect", ["class": "page", "width": "100%", "height": "100%", "fill": "#ffffff"]),
        text(title, Self.margin, 34, .strong, size: 18), text(note, Self.margin, 56, .soft),
      ] + (series.count > 1 ? legend : []) + placed)
  }

  private var legend: [SVGElement] {
    var x = Self.margin
    return series.enumerated().flatMap { i, name in
      defer { x += 40 + 7 * Double(name.count) }
      return [dot(x + 5, 76, i), text(name, x + 15, 80, .ink)]
    }
  }

  // MARK: A panel

  private func elements(of panel: Panel) -> [SVGElement] {
    let (left, right) = (58.0, Self.panelWidth - 12)
    let (top, bottom) = (50.0, Self.panelHeight - 46)
    let reached = panel.points.joined().flatMap { [$0.value] + ($0.interval ?? []) }
    let across = PlotAxis(marking: marks, from: left, to: right)
    let up = PlotAxis(holding: reached, from: bottom, to: top)
    let frame = [
      SVGElement(
        "rect",
        [
          "class": "card", "width": Self.number(Self.panelWidth),
          "height": Self.number(Self.panelHeight), "rx": "10", "fill": "#ffffff",
          "stroke": "#e3e6e8",
        ]),
      text(panel.title, 14, 24, .strong, size: 13), text(panel.note, 14, 39, .soft, size: 11),
    ]
    let levels = zip(up.ticks, up.labels).flatMap { value, label in
      [
        line(left, up.place(value), right, up.place(value), "grid", "#e3e6e8"),
        text(label, left - 8, up.place(value) + 4, .soft, anchor: "end"),
      ]
    }
    let axis = [
      line(left, bottom, right, bottom, "axis", "#9ba1a6"),
      text(
        self.axis, (left + right) / 2, Self.panelHeight - 12, .soft, anchor: "middle"),
    ]
    return frame + levels + axis + labels(across, bottom)
      + panel.points.enumerated().flatMap { curve($1, $0, across, up) }
  }

  /// Marks of the settings; those too near to the one before are left out.
  private func labels(_ across: PlotAxis, _ bottom: Double) -> [SVGElement] {
    var free = -Double.infinity
    return marks.sorted().flatMap { mark -> [SVGElement] in
      let (x, label) = (across.place(mark), settingText(mark))
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
  ) -> [SVGElement] {
    let shift = 5 * (Double(index) - Double(series.count - 1) / 2)
    func x(_ point: Point) -> Double { across.place(point.x) + shift }
    let (name, colour) = (
      "s\(index % Self.colours.count)", Self.colours[index % Self.colours.count]
    )
    let path = points.enumerated()
      .map { "\($0 == 0 ? "M" : "L")\(Self.number(x($1))) \(Self.number(up.place($1.value)))" }
    let through = SVGElement(
      "path",
      [
        "class": "\(name) line", "d": path.joined(), "fill": "none", "stroke": colour,
        "stroke-width": "1.5", "stroke-opacity": "0.6",
      ])
    let bars = points.flatMap { point -> [SVGElement] in
      guard let interval = point.interval, interval.count == 2 else { return [] }
      let (low, high) = (up.place(interval[0]), up.place(interval[1]))
      return [
        line(x(point), low, x(point), high, name, colour, width: "1.5"),
        line(x(point) - 4, low, x(point) + 4, low, name, colour, width: "1.5"),
        line(x(point) - 4, high, x(point) + 4, high, name, colour, width: "1.5"),
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
  ) -> SVGElement {
    SVGElement(
      "text",
      [
        "class": ink.rawValue, "x": Self.number(x), "y": Self.number(y), "text-anchor": anchor,
        "font-size": Self.number(size), "fill": ink == .soft ? "#687076" : "#1c2024",
        "font-weight": ink == .strong ? "600" : "400",
      ], text: text)
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ name: String, _ colour: String,
    width: String = "1"
  ) -> SVGElement {
    SVGElement(
      "line",
      [
        "class": "\(name) line", "x1": Self.number(x1), "y1": Self.number(y1),
        "x2": Self.number(x2), "y2": Self.number(y2), "stroke": colour, "stroke-width": width,
      ])
  }

  private func dot(_ x: Double, _ y: Double, _ index: Int) -> SVGElement {
    let i = index % Self.colours.count
    return SVGElement(
      "circle",
      [
        "class": "s\(i) dot", "cx": Self.number(x), "cy": Self.number(y), "r": "4",
        "fill": Self.colours[i],
      ])
  }

  private static func number(_ value: Double) -> String { SVGElement.coordinate(value) }

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

/// A setting as one writes it: `3`, `7.5`.
func settingText(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(Float(value))"
}
