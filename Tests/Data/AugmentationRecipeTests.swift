import Datasets
import Pictures
import Tensors
import Testing

/// The recipe for a new augmentation, carried out: all that a plan needs of one is its file.
@Suite struct AugmentationRecipeTests {
  /// Turns the colours of some references round, to a share drawn at random.
  private struct Negative: Augmentation {
    static let name = "negative"

    var enabled = true
    var probability: Float = 1

    func drawn(size: Int, using random: inout RandomStream) -> Drawn {
      Drawn(share: random.uniform(0, 1))
    }

    func validate() {}

    struct Drawn: DrawnAugmentation {
      let share: Float

      func applied(to picture: Image) -> Image {
        var result = picture
        result.pixels = picture.pixels.map { UInt8(Float($0) + share * (255 - 2 * Float($0))) }
        return result
      }
    }
  }

  private func plan(
    _ settings: AugmentationSettings, _ more: any Augmentation...
  ) -> AugmentationPlan {
    var random = RandomStream(seed: 5, purpose: "recipe")
    return AugmentationPlan(settings.all + more, size: 32, using: &random)
  }

  @Test func aNewAugmentationComesAfterTheOthersAndLeavesThemAsTheyWere() throws {
    let old = plan(AugmentationSettings())
    let new = plan(AugmentationSettings(), Negative())
    #expect(new.steps.count == old.steps.count + 1)
    let share = try #require(new.step(Negative.Drawn.self)).share
    var rest = new
    rest.steps.removeLast()
    #expect(rest == old)

    let grey = Image(width: 4, height: 4, fill: (100, 100, 100))
    let expected = UInt8(100 + share * 55)
    #expect(grey.augmented(by: new).pixels.allSatisfy { $0 == expected })
  }

  @Test func switchedOffItChangesNothing() {
    let off = plan(.none, Negative(enabled: false))
    #expect(off == plan(.none))
  }

  @Test func everyAugmentationIsInTheOrder() {
    let fields = Mirror(reflecting: AugmentationSettings()).children.compactMap(\.label)
    #expect(AugmentationSettings().all.map { type(of: $0).name } == fields)
  }
}
