import Synchronization
import Tensors

/// The results of `body` for 0, 1, … `count` − 1, worked on by the pool's threads.
///
/// - Throws: the first error of a `body`; what has not begun by then is left out.
func concurrently<Result: Sendable>(
  _ count: Int, _ body: @Sendable (Int) throws -> Result
) throws -> [Result] {
  let state = Mutex(
    (results: [Result?](repeating: nil, count: count), failure: (any Error)?.none))
  parallelFor(count) { index in
    guard state.withLock({ $0.failure == nil }) else { return }
    do {
      let result = try body(index)
      state.withLock { $0.results[index] = result }
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
  }
  return try state.withLock { state in
    if let failure = state.failure { throw failure }
    return state.results.compactMap { $0 }
  }
}
