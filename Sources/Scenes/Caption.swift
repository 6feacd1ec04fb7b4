/// What can be said of an object, from its class alone to all that tells it from others.
package struct Caption: Sendable, Equatable {
  /// The class, as a word.
  package let noun: String
  /// The same object in one, two, three and four details: "a ring", "a blue ring", "a blue ring with
  /// stripes", "a shiny dark blue ring with white stripes".
  package let details: [String]

  /// What the object is called where only one caption is asked for: its class, colour and pattern.
  package var text: String { details[2] }
}

extension Scene {
  /// Of its objects, from near to far.
  package var captions: [Caption] { objects.map(\.caption) }
}

/// The word for a colour in OKLCH.
package func colourName(_ lightness: Float, _ chroma: Float, _ hue: Float) -> String {
  Color.name(Color.oklch(lightness, chroma, hue))
}

extension SceneObject {
  var caption: Caption {
    let noun = kind.rawValue
    let color = material.colorName
    let plain = material.pattern.noun == nil ? ["plain"] : []
    func sentence(_ adjectives: [String], _ pattern: String? = nil) -> String {
      let words = adjectives + [noun]
      let start = Self.article(words[0]) + words.joined(separator: " ")
      return pattern.map { "\(start) with \($0)" } ?? start
    }
    return Caption(
      noun: noun,
      details: [
        sentence([]),
        sentence([color]),
        sentence(plain + [color], material.pattern.phrase()),
        sentence(
          plain + [material.finish] + material.shade + [color],
          material.pattern.phrase(Color.name(material.accent))),
      ])
  }

  private static func article(_ word: String) -> String {
    "aeiou".contains(word.prefix(1)) ? "an " : "a "
  }
}

extension Material {
  var colorName: String {
    guard isMetal else { return Color.name(base) }
    // Told apart as they are made: copper is the reddest, silver the bluest.
    if base.z > 0.6 { return "silver" }
    return base.y > 0.6 ? "golden" : "copper"
  }

  /// How the surface shines.
  var finish: String { isMetal ? "metallic" : reflectance > 0.03 ? "shiny" : "matt" }

  /// Whether the colour is a light or a dark one of its name.
  var shade: [String] {
    let color = Color.perceived(base)
    guard !isMetal, color.chroma >= Color.leastChroma else { return [] }
    if color.lightness > 0.77, color.chroma < 0.12 { return ["pale"] }
    return color.lightness < 0.55 ? ["dark"] : []
  }
}

extension Pattern {
  /// What the second colour makes on the first; nil where there is none.
  fileprivate var noun: (article: String, name: String)? {
    switch self {
    case .plain: nil
    case .gradient: ("a ", "gradient")
    case .checker: ("", "checks")
    case .stripes: ("", "stripes")
    case .dots: ("", "dots")
    case .marble: ("", "veins")
    }
  }

  /// - Parameter color: of the pattern; left out of the words without one.
  fileprivate func phrase(_ color: String? = nil) -> String? {
    guard let noun else { return nil }
    guard let color else { return noun.article + noun.name }
    let article = noun.article.isEmpty ? "" : color == "orange" ? "an " : noun.article
    return "\(article)\(color) \(noun.name)"
  }
}

extension Color {
  /// Colours with less chroma have no hue to speak of.
  static let leastChroma: Float = 0.035

  /// The word for a colour in linear sRGB.
  static func name(_ color: Vector) -> String {
    let seen = perceived(color)
    guard seen.chroma >= leastChroma else {
      return seen.lightness > 0.75 ? "white" : seen.lightness < 0.42 ? "black" : "grey"
    }
    return names.first { seen.hue < $0.end }?.name ?? "pink"
  }

  /// Where on the wheel, in degrees, the hue of each name ends.
  private static let names: [(end: Float, name: String)] = [
    (8, "pink"), (40, "red"), (76, "orange"), (116, "yellow"), (166, "green"), (226, "turquoise"),
    (284, "blue"), (328, "purple"),
  ]
}
