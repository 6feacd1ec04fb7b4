import Dispatch
import PaintByExample

/// Decodes pictures of requests one after the other, so that many requests at once take no more memory than
/// one, and apart from the threads that answer.
struct DecodingDesk: Sendable {
  private let queue = DispatchQueue(label: "decoding")

  func run<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Swift.Result { try work() }) }
    }
  }
}
