import Datasets

extension AugmentationSettings {
  /// Reads what is given below `path`; the rest stays.
  mutating func read(_ path: String, from decoder: ConfigurationDecoder) {
    decoder.read(Self.keys(path), into: &self)
    let sides = [blur.smallest, blur.largest]
    if sides.contains(where: { $0 % 2 == 0 }) || blur.smallest > blur.largest {
      decoder.fail("\(path).blur.smallest", "and `largest` must be odd and in order")
    }
  }

  private static func keys(_ path: String) -> KeyTable<Self> {
    KeyTable(
      path,
      [
        Key("flip.enabled", \.flip.enabled, .bool, "Mirror left and right."),
        Key("flip.probability", \.flip.probability, .number(.share), "How often."),
        Key("rotate.enabled", \.rotate.enabled, .bool, "Turn about the centre."),
        Key("rotate.probability", \.rotate.probability, .number(.share), "How often."),
        Key(
          "rotate.limit", \.rotate.limit, .number(.in(Rotate.limits)),
          "Largest angle in degrees, either way."),
        Key("blur.enabled", \.blur.enabled, .bool, "Average over a square."),
        Key("blur.probability", \.blur.probability, .number(.share), "How often."),
        Key(
          "blur.smallest", \.blur.smallest, .integer(.in(Blur.sides)),
          "Smallest side of the square; odd."),
        Key(
          "blur.largest", \.blur.largest, .integer(.in(Blur.sides)),
          "Largest side of the square; odd."),
        Key(
          "elastic.enabled", \.elastic.enabled, .bool,
          "A random affine map, then a smooth random field."),
        Key("elastic.probability", \.elastic.probability, .number(.share), "How often."),
        Key(
          "elastic.alpha", \.elastic.alpha, .number(.in(Elastic.alphas)),
          "Height of the field's noise."),
        Key(
          "elastic.sigma", \.elastic.sigma, .number(.in(Elastic.sigmas)),
          "Standard deviation of the Gaussian that smooths it."),
        Key(
          "elastic.alpha_affine", \.elastic.affine, .number(.in(Elastic.shifts)),
          "Largest shift of the affine map's three points."),
      ])
  }
}
