import PaintByExample
import Synchronization

/// One thing that a job's listeners are told.
struct Event: Sendable {
  enum Kind: String, Sendable {
    case queued, note, progress, preview, result, done, failed, cancelled

    /// Whether only the latest of its kind is worth knowing.
    var replacesEarlier: Bool { [.queued, .progress, .preview].contains(self) }
    var isLast: Bool { [.done, .failed, .cancelled].contains(self) }
  }

  let id: Int
  let kind: Kind
  let data: JSONValue

  /// As server-sent events are written.
  var text: String { "id: \(id)\nevent: \(kind.rawValue)\ndata: \(data.line)\n\n" }
}

/// What one listener of a job has yet to be told.
///
/// A slow listener holds no events up: it gets what is still worth knowing when it is ready.
public struct EventFeed: Sendable {
  let wakes: AsyncStream<Void>
  /// The events after an id, and whether they are the last.
  let after: @Sendable (Int) -> (events: [Event], isOver: Bool)
  /// The id of the last event that the listener has already.
  let start: Int
  /// Says that the listener has left.
  let leave: @Sendable () -> Void
}
