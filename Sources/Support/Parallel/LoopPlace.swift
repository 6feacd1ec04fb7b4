import Synchronization

/// A place for one parallel loop at a time: who may join it, what is left of it, who has left it.
///
/// Nobody locks anything, so that sixty threads join as fast as two. The loop's owner takes the place, opens its
/// gate, works, closes the gate, and waits until as many have left as had passed it.
///
/// Safe to share: `body` changes only while nobody can be inside.
final class LoopPlace: @unchecked Sendable {
  private var body: ((Int) -> Void)?
  private let isTaken = Atomic<Bool>(false)
  private let count = Atomic<Int>(0)
  private let next = SpacedNumber()
  private let gate = SpacedNumber()
  private let left = SpacedNumber()

  /// The state of a gate in one number, which threads exchange as a whole.
  private struct Gate {
    var word: Int

    init(word: Int) { self.word = word }
    init(room: Int) { word = room << 32 | 1 }

    var isOpen: Bool { word & 1 == 1 }
    var joined: Int { word >> 1 & 0x7fff_ffff }
    var room: Int { word >> 32 }
    var withOneMore: Gate { Gate(word: word + 2) }
    var hasRoom: Bool { isOpen && joined < room }
  }

  /// Whether the place was free and is the caller's now.
  func take() -> Bool {
    !isTaken.load(ordering: .relaxed)
      && isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
  }

  /// Lets `helpers` threads in.
  func open(_ count: Int, helpers: Int, _ body: @escaping (Int) -> Void) {
    self.body = body
    self.count.store(count, ordering: .relaxed)
    next.value.store(0, ordering: .relaxed)
    left.value.store(0, ordering: .relaxed)
    gate.value.store(Gate(room: helpers).word, ordering: .releasing)
  }

  /// Threads that have joined a loop which takes more; nil where none is needed.
  var joinedSoFar: Int? {
    let gate = Gate(word: gate.value.load(ordering: .relaxed))
    guard gate.hasRoom, next.value.load(ordering: .relaxed) < count.load(ordering: .relaxed) else {
      return nil
    }
    return gate.joined
  }

  /// Whether the caller is inside now, and has to ``leave()``.
  func join() -> Bool {
    var found = Gate(word: gate.value.load(ordering: .relaxed))
    while found.hasRoom {
      let (isIn, now) = gate.value.weakCompareExchange(
        expected: found.word, desired: found.withOneMore.word, ordering: .acquiringAndReleasing)
      if isIn { return true }
      found = Gate(word: now)
    }
    return false
  }

  /// Takes indices until there are no more.
  func work() {
    guard let body else { return }
    let count = count.load(ordering: .relaxed)
    while true {
      let i = next.value.wrappingAdd(1, ordering: .relaxed).oldValue
      guard i < count else { return }
      body(i)
    }
  }

  func leave() { left.value.wrappingAdd(1, ordering: .releasing) }

  /// Nobody joins from here on; how many have.
  func close() -> Int {
    Gate(word: gate.value.bitwiseAnd(~1, ordering: .acquiringAndReleasing).oldValue).joined
  }

  func isEmpty(afterAll joined: Int) -> Bool { left.value.load(ordering: .acquiring) == joined }

  /// Gives the place back; all have left.
  func release() {
    body = nil
    isTaken.store(false, ordering: .releasing)
  }
}

/// A number with cache lines of its own: threads that change one don't delay those that change its neighbour.
struct SpacedNumber: ~Copyable {
  private typealias Space = (
    Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int
  )

  private let before: Space = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  let value = Atomic<Int>(0)
  private let after: Space = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}
