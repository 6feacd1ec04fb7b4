import CRanks
import Foundation

/// Ranks that MPI connects, by the library that `make mpi` makes.
///
/// The library is opened where a launcher has started several processes, so that programs need no MPI to
/// be built or to work alone.
///
/// Safe to share: MPI is called by the thread that joined, as ``RankExchange`` asks for.
public final class MPIExchange: RankExchange, @unchecked Sendable {
  public let rank: Int
  public let count: Int
  public private(set) var waitSeconds = 0.0
  private let table: MPITable
  /// nil where ranks are on several machines.
  private var window: SharedWindow?
  private var watch: RankWatch?
  private var sent: [Float] = []
  private var received: [Float] = []

  /// The environment variable that chooses how ranks of one machine exchange numbers; `messages` is for
  /// tests, since several machines have nothing else.
  private static let wayVariable = "PBE_EXCHANGE"

  /// Joins the other processes that were started.
  ///
  /// - Parameters:
  ///   - launch: how this process was started.
  ///   - program: the path of the running program; the library lies beside it, or in `../lib`.
  ///   - onLoss: called on another thread when a rank has ended or fallen silent; it ends the process.
  /// - Throws: ``RankError``.
  public init(
    _ launch: Launch, program: String, onLoss: @escaping @Sendable (RankLoss) -> Void
  ) throws {
    table = try Self.library(for: launch, beside: program)
    var (rank, count) = (Int32(0), Int32(0))
    guard table.start(&rank, &count) != 0 else {
      throw RankError.unusableLibrary(path: Self.name, reason: "MPI does not start")
    }
    (self.rank, self.count) = (Int(rank), Int(count))
    guard launch.count.map({ $0 == Int(count) }) ?? (count > 1) else {
      throw RankError.notJoined(launch, found: Int(count))
    }
    window = openWindow()
    watch = try RankWatch(rank: self.rank, gather: gather, onLoss: onLoss)
  }

  public var neighbours: [Int] { watch?.neighbours ?? [rank] }

  /// Ranks that the first one cannot watch, as there is no connection between their machines but MPI's.
  public var unwatched: [Int] { watch?.unwatched ?? [] }

  private static let name = "libpbe-mpi.so"

  private static func library(
    for launch: Launch, beside program: String
  ) throws(RankError) -> MPITable {
    let folder = program.parentFolder
    let places = ["\(folder)/\(name)", "\(folder.parentFolder)/lib/\(name)"]
    guard let path = places.first(where: { FileSystem.exists($0) }) else {
      throw .noLibrary(launch, places: places)
    }
    // MPI's own parts look for its names among those of the whole program.
    guard let library = dlopen(path, RTLD_NOW | RTLD_GLOBAL) else {
      throw .unusableLibrary(path: path, reason: dlerror().map { String(cString: $0) } ?? "unknown")
    }
    guard let symbol = dlsym(library, MPI_TABLE_SYMBOL) else {
      throw .unusableLibrary(path: path, reason: "it has no \(MPI_TABLE_SYMBOL)")
    }
    typealias Entry = @convention(c) () -> UnsafePointer<MPITable>?
    guard let table = unsafeBitCast(symbol, to: Entry.self)()?.pointee,
      table.version == MPI_TABLE_VERSION
    else { throw .unusableLibrary(path: path, reason: "it is of another version") }
    return table
  }

  private func openWindow() -> SharedWindow? {
    guard ProcessInfo.processInfo.environment[Self.wayVariable] != "messages" else { return nil }
    var memory = [UnsafeMutablePointer<Float>?](repeating: nil, count: count)
    guard table.window(Int64(2 * room), &memory) != 0 else { return nil }
    let known = memory.compactMap(\.self)
    guard known.count == count else { return nil }
    return SharedWindow(rank: rank, memory: known, room: room) { [unowned self] in meet() }
  }

  private func meet() {
    let start = ContinuousClock.now
    table.meet()
    waitSeconds += (ContinuousClock.now - start) / .seconds(1)
  }

  public func gather(_ own: [UInt8]) throws -> [[UInt8]] {
    meet()
    var sizes = [Int32](repeating: 0, count: count)
    var size = Int32(own.count)
    let each = [Int32](repeating: Int32(MemoryLayout<Int32>.size), count: count)
    table.gather(&size, each, &sizes)
    var all = [UInt8](repeating: 0, count: sizes.reduce(0) { $0 + Int($1) })
    table.gather(own, sizes, &all)
    var place = 0
    return sizes.map { size in
      defer { place += Int(size) }
      return Array(all[place..<place + Int(size)])
    }
  }

  public func scatter(
    _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
    take: ([UnsafeMutablePointer<Float>]) -> Void
  ) throws {
    if let window { return try window.scatter(parts, fill: fill, take: take) }
    makeBuffers()
    let counts = parts.map { Int32($0.count) }
    let own = parts[rank].count
    sent.withUnsafeMutableBufferPointer { sent in
      received.withUnsafeMutableBufferPointer { received in
        guard let from = sent.baseAddress, let to = received.baseAddress else { return }
        fill(from)
        meet()
        table.scatter(from, counts, Int32(own), to)
        take((0..<count).map { to + $0 * own })
      }
    }
  }

  public func share(
    _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
    take: ([UnsafeMutablePointer<Float>]) -> Void
  ) throws {
    if let window { return try window.share(parts, fill: fill, take: take) }
    makeBuffers()
    let counts = parts.map { Int32($0.count) }
    sent.withUnsafeMutableBufferPointer { buffer in
      guard let all = buffer.baseAddress else { return }
      fill(all + parts[rank].lowerBound)
      meet()
      table.share(all, counts)
      take(parts.map { all + $0.lowerBound })
    }
  }

  /// Room for a rank's part from every rank, too.
  private func makeBuffers() {
    guard sent.isEmpty else { return }
    sent = [Float](repeating: 0, count: room)
    received = sent
  }

  /// Ends all ranks, this one included.
  public func abort(_ exitCode: Int32) {
    watch?.fail()
    table.abort(exitCode)
  }

  /// Leaves, once all ranks are here.
  public func finish() {
    watch?.leave()
    table.finish()
    watch?.stop()
  }
}
