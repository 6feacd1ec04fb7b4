/// An element of an SVG picture.
struct SVGElement {
  private let name: String
  private let attributes: [(name: String, value: String)]
  private let text: String
  private let children: [SVGElement]

  /// - Parameter text: Shown as it is; markup in it is escaped.
  init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String = "",
    _ children: [SVGElement] = []
  ) {
    self.name = name
    self.attributes = attributes.map { ($0.key, $0.value) }
    self.text = text
    self.children = children
  }

  /// The element as XML, a line each.
  var markup: String {
    let head = name + attributes.map { " \($0.name)=\"\(escaped($0.value))\"" }.joined()
    if text.isEmpty, children.isEmpty { return "<\(head)/>" }
    let content = escaped(text) + children.map { "\n\($0.markup)" }.joined()
    return "<\(head)>\(content)\(children.isEmpty ? "" : "\n")</\(name)>"
  }

  /// A file of its own.
  var document: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(markup)\n" }

  /// A coordinate, to a hundredth of a unit.
  static func coordinate(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
