import Autograd
import Datasets
import Models
import Tensors

/// DCCF's loss at the network's own size: the picture's error by the object's area, that of each of the
/// first three filters, and how rough the filters' settings are.
///
/// - Source: the LR configuration and losses.py of rockeyben/DCCF. Its maps of saturation and hue come
///   down to the chroma and to the picture moved to one lightness.
package struct HarmonisationLoss {
  private let settings: HarmonisationConfiguration
  private let batch: HarmonyBatch
  /// One divided by each object's area, for a sum over pixels: the mean over pictures. `[N, S, S, 1]`.
  private let shares: Tensor

  /// An object's area counts as this many pixels at least.
  private static let leastArea: Float = 100

  package init(_ batch: HarmonyBatch, _ settings: HarmonisationConfiguration) {
    (self.batch, self.settings) = (batch, settings)
    let (pictures, size) = (batch.mask.shape[0], batch.mask.count / batch.mask.shape[0])
    let areas = (0..<pictures).map { n in
      Float(batch.mask.slice(n..<n + 1, axis: 0).sum())
    }
    let values = areas.flatMap { area in
      [Float](repeating: 1 / (max(area, Self.leastArea) * Float(pictures)), count: size)
    }
    shares = Tensor(batch.mask.shape, values)
  }

  /// The terms by their names.
  package func terms(_ filters: FilterSettings) -> [(name: String, value: Variable)] {
    let (stages, result) = filters.applied(to: batch.composite)
    let target = batch.target.stages
    func error(_ channels: Range<Int>) -> Variable {
      let difference =
        stages.slice(channels, axis: 3) - Variable(target.slice(channels, axis: 3))
      return foreground(difference * mask(channels.count)).scaled(by: Float(settings.filterWeight))
    }
    let value = blurred(stages.slice(0..<1, axis: 3))
    let wanted = blurred(Variable(target.slice(0..<1, axis: 3)))
    let filtered = stages.slice(5..<8, axis: 3)
    return [
      ("pixels", foreground(normalized(result - Variable(batch.target)))),
      (
        "value",
        foreground((value - wanted) * mask(1)).scaled(by: Float(settings.filterWeight))
      ),
      ("chroma", error(1..<2)),
      ("hue", error(2..<5)),
      (
        "filtered",
        foreground(normalized(pasted(filtered) - Variable(batch.target)))
          .scaled(by: Float(settings.filteredWeight))
      ),
      ("smoothness", smoothness(filters)),
    ]
  }

  package func total(_ filters: FilterSettings) -> Variable {
    let terms = terms(filters).map(\.value)
    return terms.dropFirst().reduce(terms[0], +)
  }

  private func mask(_ channels: Int) -> Variable {
    Variable(batch.mask).repeatedChannel(channels)
  }

  /// What was filtered in place of the object, the composite around it.
  private func pasted(_ filtered: Variable) -> Variable {
    let composite = Variable(batch.composite)
    return composite + (filtered - composite) * mask(3)
  }

  /// In the units that the network sees.
  private func normalized(_ difference: Variable) -> Variable {
    difference * Variable(Tensor([3], Harmoniser.deviations.map { 1 / $0 }))
  }

  /// Squares by the object's area, the mean over channels and pictures.
  private func foreground(_ difference: Variable) -> Variable {
    let channels = difference.shape[3]
    let weights = Variable(shares).repeatedChannel(channels)
    return (difference.squared() * weights).sum().scaled(by: 1 / Float(channels))
  }

  private func blurred(_ x: Variable) -> Variable {
    x.resampled(
      rows: .blur(x.shape[1], taps: 5, deviation: 1.5),
      columns: .blur(x.shape[2], taps: 5, deviation: 1.5))
  }

  /// Squared differences of neighbours inside the object, of each filter's settings.
  private func smoothness(_ filters: FilterSettings) -> Variable {
    let curve = 12..<12 + filters.curvePoints + 1
    let parts = [curve, curve.upperBound..<curve.upperBound + 1, 0..<12].map { channels in
      let inside = filters.numbers.slice(channels, axis: 3) * mask(channels.count)
      return roughness(inside, axis: 1) + roughness(inside, axis: 2)
    }
    return (parts[0] + parts[1] + parts[2]).scaled(by: Float(settings.smoothnessWeight))
  }

  private func roughness(_ x: Variable, axis: Int) -> Variable {
    let size = x.shape[axis]
    let difference = x.slice(1..<size, axis: axis) - x.slice(0..<size - 1, axis: axis)
    let weights = Variable(shares.slice(1..<size, axis: axis)).repeatedChannel(x.shape[3])
    return (difference.squared() * weights).sum().scaled(by: 1 / Float(x.shape[3]))
  }
}
