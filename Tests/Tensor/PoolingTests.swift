import Tensors
import TestSupport
import Testing

@Suite struct PoolingTests {
  /// 0 1 2 / 3 4 5 / 6 7 8 in one channel, its negative in the other.
  private let square = Tensor([1, 3, 3, 2], (0..<9).flatMap { [Float($0), -Float($0)] })

  @Test func maximumIsTakenInsideThePictureOnly() {
    let result = square.maximumPooled(size: 3, stride: 2, padding: 1)
    #expect(result == Tensor([1, 2, 2, 2], [4, 0, 5, -1, 7, -3, 8, -4]))
    #expect(
      square.maximumPooled(size: 2, stride: 1)
        == Tensor(
          [1, 2, 2, 2], [4, 0, 5, -1, 7, -3, 8, -4]))
  }

  @Test func averageCountsThePixelsInsideThePictureOnly() {
    let result = square.averagePooled(size: 3, stride: 2, padding: 1)
    #expect(result == Tensor([1, 2, 2, 2], [2, -2, 3, -3, 5, -5, 6, -6]))
    let middle = square.averagePooled(size: 3, stride: 1, padding: 1).values[8]
    #expect(middle == 4)
  }

  @Test func everyPictureOfABatchIsPooledByItself() {
    var random = RandomStream(seed: 1, purpose: "pooling")
    let batch = Tensor(normal: [2, 7, 5, 3], using: &random)
    let together = batch.maximumPooled(size: 3, stride: 2)
    #expect(together.shape == [2, 3, 2, 3])
    let second = batch.slice(1..<2, axis: 0).maximumPooled(size: 3, stride: 2)
    #expect(together.slice(1..<2, axis: 0) == second)
  }
}
