import Synchronization
import Tensors

/// Runs `body` and keeps what the modules called in it compute, under their paths in the tree of
/// names: what forward hooks of PyTorch would see. The result is the same as without.
///
/// Nothing is kept of a module that is not evaluated; a module called twice leaves its last output.
///
/// - Returns: outputs laid out as here: pictures channels-last.
public func tracing<Result>(
  _ body: () throws -> Result
) rethrows -> (result: Result, outputs: [String: Tensor]) {
  let trace = Trace()
  let result = try Trace.$current.withValue(trace, operation: body)
  return (result, trace.outputs.withLock { $0 })
}

private final class Trace: Sendable {
  let outputs = Mutex<[String: Tensor]>([:])

  @TaskLocal static var current: Trace?
}

extension Variable {
  /// Marks the value as the output of the module at `path`; see ``tracing(_:)``.
  ///
  /// - Parameter shape: the output's full shape where the value is the same along an axis and was
  ///   therefore computed once.
  package func traced(as path: String, expandedTo shape: [Int]? = nil) -> Variable {
    if let trace = Trace.current {
      let output = shape.map { Tensor(zeros: $0).adding(value) } ?? value
      trace.outputs.withLock { $0[path] = output }
    }
    return self
  }
}
