import Tensors
import Testing
import Training

/// Whose reference a validation case is given for `loss_shuffled`.
@Suite struct ReferenceUseTests {
  private func partners(_ pictures: [Float]) -> [Int]? {
    ReferenceUse.partners(pictures.map { Tensor(full: [1, 2, 2, 3], $0) })
  }

  @Test func everyCaseHasTheNextOnesReference() {
    #expect(partners([1, 2, 3]) == [1, 2, 0])
    #expect(partners([1, 2]) == [1, 0])
  }

  @Test func aCaseIsNeverGivenItsOwnPicture() {
    #expect(partners([1, 1, 2]) == [2, 2, 0])
    #expect(partners([1, 2, 1, 1]) == [1, 2, 1, 1])
  }

  @Test func oneReferenceCannotBeShuffled() {
    #expect(partners([1]) == nil)
    #expect(partners([1, 1, 1]) == nil)
    #expect(partners([]) == [])
  }
}
