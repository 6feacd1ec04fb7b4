import Support
import Synchronization
import TestSupport
import Testing

/// What is made once a machine reaches all of its ranks.
@Suite struct OnceAMachineTests {
  @Test(arguments: [1, 2, 5]) func oneMakesAndAllHave(_ ranks: Int) throws {
    let made = Counter()
    let text = String(repeating: "read once; ", count: 100_000)
    let results = ThreadGroup(of: ranks).run { exchange in
      try exchange.onceAMachine {
        made.add()
        return text
      } encode: {
        Array($0.utf8)
      } decode: {
        String(decoding: $0, as: UTF8.self)
      }
    }
    for result in results { #expect(try result.get() == text) }
    #expect(made.count == 1)
  }

  @Test func whatCannotBeMadeEndsAll() {
    struct Trouble: Error {}
    let results = ThreadGroup(of: 3).run { exchange in
      try exchange.onceAMachine {
        throw Trouble()
      } encode: {
        [UInt8]($0)
      } decode: {
        Array($0)
      }
    }
    for result in results { #expect(throws: (any Error).self) { try result.get() } }
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
  }
}
