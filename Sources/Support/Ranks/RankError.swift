/// Why several processes cannot work together.
public enum RankError: Error, Equatable, CustomStringConvertible {
  /// A launcher has started several processes, and there is nothing by which they reach each other.
  case noLibrary(Launch, places: [String])
  case unusableLibrary(path: String, reason: String)
  /// MPI does not know the processes that the launcher has started.
  case notJoined(Launch, found: Int)
  /// What ended another rank's work.
  case other(rank: Int, host: String, message: String)
  /// An answer that no rank of ours gives.
  case garbled(rank: Int)

  private static let remedy =
    "`make mpi` (in an installation without sources: `lib/paint-by-example/make-mpi`)"

  public var description: String {
    switch self {
    case .noLibrary(let launch, let places):
      "\(launch.started), which need MPI to work together, and there is no "
        + "\(places.joined(separator: " and no ")); make it with \(Self.remedy), or start one process. "
        + "Nothing was done"
    case .unusableLibrary(let path, let reason):
      "\(path) cannot be used: \(reason); make it again with \(Self.remedy), on this machine or one that "
        + "has the same MPI"
    case .notJoined(let launch, let found):
      "\(launch.started), and MPI knows of \(found): \(launch.launcher) and the MPI that libpbe-mpi.so "
        + "was made with do not fit together; use the mpirun of that MPI, or srun's --mpi=pmix"
    case .other(let rank, let host, let message): "rank \(rank) (\(host)): \(message)"
    case .garbled(let rank):
      "rank \(rank) sent what this program does not understand; start the same build on every machine"
    }
  }
}

extension Launch {
  fileprivate var started: String {
    "\(launcher) has started \(count.map { "\($0)" } ?? "several") processes"
  }
}
