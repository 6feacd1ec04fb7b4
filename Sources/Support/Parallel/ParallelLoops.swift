import Synchronization

/// Runs `body(0) … body(count − 1)`, in any order, on the pool and the calling thread.
///
/// Called from inside another parallel loop it runs inline; loops of several threads share the pool.
///
/// - Parameters:
///   - file: where the loop stands, for recordings; so does `line`.
package func parallelFor(
  _ count: Int, file: StaticString = #fileID, line: Int = #line, _ body: (Int) -> Void
) {
  if count > 1, LoopRecorder.records { return LoopRecorder.run(count, "\(file):\(line)", body) }
  guard count > 1, threadCount > 1 else {
    for i in 0..<max(count, 0) { body(i) }
    return
  }
  WorkerPool.shared.run(count, body)
}

/// Cuts `0..<count` into ranges of `grain` (the last may be shorter) and runs them in parallel.
package func parallelRanges(
  _ count: Int, grain: Int, file: StaticString = #fileID, line: Int = #line,
  _ body: (Range<Int>) -> Void
) {
  let grain = max(grain, 1)
  parallelFor((count + grain - 1) / grain, file: file, line: line) { i in
    body(i * grain..<min((i + 1) * grain, count))
  }
}

/// `[body(0), … body(count − 1)]`, computed in parallel.
///
/// - Throws: the error of the lowest index that has one; what comes after it may be left out.
package func parallelMap<Value: Sendable, Failure: Error>(
  _ count: Int, _ body: (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  let state = Mutex(
    (results: [Result<Value, Failure>?](repeating: nil, count: count), firstFailure: count))
  parallelFor(count) { i in
    guard state.withLock({ i < $0.firstFailure }) else { return }
    let result = Result { () throws(Failure) -> Value in try body(i) }
    state.withLock { state in
      state.results[i] = result
      if case .failure = result { state.firstFailure = min(state.firstFailure, i) }
    }
  }
  var values: [Value] = []
  for case let result? in state.withLock({ $0.results }) { values.append(try result.get()) }
  return values
}
