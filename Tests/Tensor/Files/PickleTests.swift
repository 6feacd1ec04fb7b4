import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct PickleTests {
  private func read(_ bytes: [UInt8]) throws -> PickleValue {
    try bytes.withUnsafeBytes { try Pickle($0, path: "x.pkl") }.root
  }

  private func problem(_ bytes: [UInt8]) -> PickleError? {
    #expect(throws: PickleError.self) { try read(bytes) }
  }

  /// As `pickle.dump` writes an object with numpy arrays and a cycle: Tests/Golden/containers.py.
  @Test(arguments: 2...5) func objectsCanBeWalkedThrough(_ protocol: Int) throws {
    let path = Golden.file("containers/mixture.\(`protocol`).pickle").path
    let root = try Pickle(contentsOf: path).root
    let object = try #require(root.object)
    #expect(root.kind.contains("GaussianMixture") || object.callable.kind.contains("copyreg"))
    let state = try #require(object.state)
    #expect(state["n_components"]?.integer == 2)
    #expect(state["covariance_type"]?.string == "full")
    #expect(state["converged_"]?.bool == true)
    #expect(state["names"]?.kind.hasSuffix("set") == true)
    #expect(state["itself"]?.items?.first?.identity == root.identity)

    let array = try #require(state["means_"]?.object)
    #expect(array.callable.global?.name == (`protocol` == 5 ? "_frombuffer" : "_reconstruct"))
    let bytes = `protocol` == 5 ? array.arguments[0].bytes : array.state?.items?.last?.bytes
    #expect(bytes == (0..<6).flatMap { little(Double($0).bitPattern) })
  }

  @Test func numbersOfEveryWidthAreRead() throws {
    let cases: [([UInt8], Int)] = [
      ([0x4B, 200], 200), ([0x4D, 1, 2], 513), ([0x4A, 0xFE, 0xFF, 0xFF, 0xFF], -2),
      ([0x8A, 0], 0), ([0x8A, 1, 0x80], -128), ([0x8A, 2, 0xFF, 0], 255),
      ([0x8B, 3, 0, 0, 0, 1, 0, 0], 1), ([0x8A, 8] + little(Int.min), .min),
    ]
    for (bytes, value) in cases { #expect(try read(Written.pickle(bytes)).integer == value) }
    let large = try read(Written.pickle([0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1]))
    #expect(large.integer == nil && large.kind == "an integer")
    let half = try read(Written.pickle([0x47, 0x3F, 0xE0, 0, 0, 0, 0, 0, 0]))
    #expect(half.float == 0.5)
  }

  @Test func callsAreNotMade() throws {
    let marker = NSTemporaryDirectory() + "pickle-was-run-\(UUID().uuidString)"
    let attack = Written.call(
      Written.global("os", "system"), [Written.text("touch \(marker)")])
    let object = try #require(try read(Written.pickle(attack)).object)
    #expect(object.callable.isGlobal("os", "system"))
    #expect(object.arguments.first?.string == "touch \(marker)")
    #expect(!FileManager.default.fileExists(atPath: marker))
  }

  /// Each list holds the one before it ten times: 10³⁰⁰⁰ members in 78 KB.
  @Test func sharedValuesAreNotMultiplied() throws {
    let again = [[UInt8]](repeating: [0x68, 0], count: 10).joined()
    let tenTimes: [UInt8] = [0x71, 0, 0x30, 0x5D, 0x28] + again + [0x65]
    let laughs = [0x5D] + [[UInt8]](repeating: tenTimes, count: 3000).joined()
    let items = try #require(try read(Written.pickle(laughs)).items)
    #expect(items.count == 10 && Set(items.map(\.identity)).count == 1)
  }

  @Test func deepNestingAndCyclesNeedNoStack() throws {
    let depth = 200_000
    let lists = [UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
    #expect(try read(Written.pickle(lists)).items?.count == 1)
    let tuples = [0x29] + [UInt8](repeating: 0x85, count: depth)
    #expect(try read(Written.pickle(tuples)).items?.count == 1)
    let cycle = try read(Written.pickle([0x5D, 0x32, 0x61]))  // a list, appended to itself
    #expect(cycle.items?.first?.identity == cycle.identity)
  }

  @Test func containersGrowInLinearTime() throws {
    let one: [UInt8] = [0x4E, 0x61]  // None, append
    let list = try read(Written.pickle([0x5D] + (0..<100_000).flatMap { _ in one }))
    #expect(list.items?.count == 100_000)
  }

  @Test func errorsSayWhereAndWhat() {
    let cases: [([UInt8], Int, PickleError.Reason)] = [
      ([], 0, .tooFewBytes(needed: "1", left: 0)),
      (Array("(lp0".utf8), 0, .notPickle),
      ([0x80, 9], 0, .version(9)),
      ([0x80, 2], 2, .tooFewBytes(needed: "1", left: 0)),
      ([0x80, 2, 0x2E], 2, .emptyStack),
      ([0x80, 2, 0x4E, 0xF0], 3, .unknownOperation(0xF0)),
      ([0x80, 2, 0x4E, 0x28, 0x61], 4, .emptyStack),  // nothing behind the mark
      ([0x80, 2, 0x4E, 0x74], 3, .noMark),
      ([0x80, 2, 0x68, 7], 2, .notInMemo(7)),
      ([0x80, 2, 0x58, 255, 255, 255, 255], 2, .tooFewBytes(needed: "4294967295", left: 0)),
      ([0x80, 2, 0x54, 255, 255, 255, 255], 2, .tooFewBytes(needed: "-1", left: 0)),
      ([0x80, 4, 0x8D] + little(UInt64.max), 2, .tooFewBytes(needed: "\(UInt64.max)", left: 0)),
      ([0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0], 2, .tooFewBytes(needed: "9", left: 0)),
      ([0x80, 2, 0x63, 0x6F, 0x73], 2, .endlessLine),
      ([0x80, 2, 0x4E, 0x4E, 0x61], 4, .wrongOperand),  // append to None
      ([0x80, 2, 0x4E, 0x4E, 0x52], 4, .wrongOperand),  // call without a tuple
      ([0x80, 2, 0x7D, 0x28, 0x4E, 0x75], 5, .keyWithoutValue),
      ([0x80, 2, 0x4E, 0x4E, 0x93], 4, .wrongOperand),
    ]
    for (bytes, offset, reason) in cases {
      let error = problem(bytes)
      #expect(error == PickleError(path: "x.pkl", offset: offset, reason: reason))
    }
    #expect(
      PickleError(path: "x.pkl", offset: 2, reason: .emptyStack).description
        == "x.pkl: the pickle takes a value where none is: it is damaged (at its byte 2)")
  }

  @Test func endlessProgramsAreStopped() {
    let long = [UInt8](repeating: 0x32, count: 5_000_000)  // duplicate
    #expect(problem([0x80, 2, 0x4E] + long)?.reason == .tooLong(instructions: 4_000_000))
  }

  @Test(arguments: 2...5) func damageIsAnErrorAndNeverMore(_ protocol: Int) throws {
    let path = Golden.file("containers/mixture.\(`protocol`).pickle").path
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect((0..<whole.count).allSatisfy { (try? read(Array(whole.prefix($0)))) == nil })
    var random = RandomStream(seed: 4, purpose: "damage", index: UInt64(`protocol`))
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      guard let root = try? read(bytes) else { continue }
      _ = root.object?.state?.pairs?.map { ($0.key.kind, $0.value.object?.arguments.count) }
    }
  }
}
