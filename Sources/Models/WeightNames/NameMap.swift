import Tensors

/// Which module of another naming a module of ours is.
///
/// A module is what has a `weight` and a `bias`, or one parameter of its own name.
public struct ModuleName: Sendable, Equatable {
  let ours: String
  let other: String
  /// Where the other module holds several of ours, their rows stacked: which of how many.
  var part: Part?
  /// Whether the other module is a 1×1 convolution and ours a linear layer.
  var isConvolution = false

  init(_ ours: String, _ other: String, part: Part? = nil, isConvolution: Bool = false) {
    self.ours = ours
    self.other = other
    self.part = part
    self.isConvolution = isConvolution
  }

  public struct Part: Sendable, Equatable {
    let index: Int
    let count: Int
  }

  /// Modules of one block, under that block's place in both namings.
  static func block(_ ours: String, _ other: String, _ modules: [ModuleName]) -> [ModuleName] {
    modules.map {
      ModuleName(
        "\(ours).\($0.ours)", "\(other).\($0.other)", part: $0.part,
        isConvolution: $0.isConvolution)
    }
  }
}

/// Where a weight of ours stands in a file.
package struct WeightPlace: Sendable, Equatable {
  package let name: String
  package var part: ModuleName.Part?
  var isConvolution = false

  /// The shape of the file's tensor, for one of ours.
  package func shape(for ours: [Int]) -> [Int] {
    var shape = ours
    if let part { shape[0] *= part.count }
    return isConvolution && shape.count == 2 ? shape + [1, 1] : shape
  }
}

/// How a file names our weights: a table of modules. What it doesn't hold is named as by us, which is
/// as by diffusers and transformers 4.
public struct NameMap: Sendable {
  private let modules: [String: ModuleName]
  /// Whether the weights averaged by `LitEma` are meant: their names stand in one piece.
  private var isAveraged = false

  package static let ours = NameMap([])

  package init(_ modules: [ModuleName]) {
    self.modules = Dictionary(modules.map { ($0.ours, $0) }) { first, _ in first }
  }

  /// The same weights as `LitEma` of latent diffusion keeps them: below `model_ema.`, under the name
  /// without the first step, `model`, and without any dot.
  package var averaged: NameMap {
    var map = self
    map.isAveraged = true
    return map
  }

  /// Where the weight of ours called `name` stands.
  package func place(of name: String) -> WeightPlace {
    let (module, leaf) = Self.split(name)
    var place: WeightPlace
    if let whole = modules[name] {
      place = WeightPlace(name: whole.other, part: whole.part)
    } else if let found = modules[module] {
      let isConvolution = found.isConvolution && leaf == "weight"
      place = WeightPlace(
        name: found.other.isEmpty ? leaf : "\(found.other).\(leaf)", part: found.part,
        isConvolution: isConvolution)
    } else {
      place = WeightPlace(name: name)
    }
    if isAveraged {
      place = WeightPlace(
        name: Self.averagedName(place.name), part: place.part, isConvolution: place.isConvolution)
    }
    return place
  }

  private static func averagedName(_ name: String) -> String {
    "model_ema." + name.split(separator: ".").dropFirst().joined()
  }

  /// `a.b.weight` → `a.b` and `weight`.
  private static func split(_ name: String) -> (module: String, leaf: String) {
    guard let dot = name.lastIndex(of: ".") else { return ("", name) }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }

  /// How many of our weights a file has under this map's names.
  func matches(_ names: [String], in file: any TensorFile) -> Int {
    let layouts = file.layouts
    return names.filter { layouts[place(of: $0).name] != nil }.count
  }
}
