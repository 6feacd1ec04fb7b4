/// How a launcher of parallel programs (mpirun, mpiexec, srun) has started this process.
public struct Launch: Equatable, Sendable {
  /// The launcher's name, for a person.
  public let launcher: String
  /// Of this process, from 0.
  public let rank: Int
  /// Processes that were started; nil where the launcher doesn't say.
  public let count: Int?

  /// Processes of the same machine, as far as the launcher says so; at least 1.
  public let localCount: Int

  /// What the variables say that launchers set; nil where none did, or where it started no other process.
  ///
  /// Slurm's are those of a step: a job's script has the job's own, and is one process.
  ///
  /// - Source: Open MPI's mpirun, MPICH's Hydra, PMIx, Slurm's srun.
  public init?(environment: [String: String]) {
    let known: [(launcher: String, rank: String, count: String?)] = [
      ("mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
      ("mpiexec", "PMI_RANK", "PMI_SIZE"),
      ("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
      ("the launcher", "PMIX_RANK", nil),
    ]
    for (launcher, rankName, countName) in known {
      guard let rank = environment[rankName].flatMap({ Int($0) }), rank >= 0 else { continue }
      let count = countName.flatMap { environment[$0] }.flatMap { Int($0) }
      // With a count that is missing, another launcher's variables may say more.
      if countName != nil, count == nil { continue }
      guard count != 1 else { return nil }
      (self.launcher, self.rank, self.count) = (launcher, rank, count)
      localCount = Self.localCount(environment)
      return
    }
    return nil
  }

  private static func localCount(_ environment: [String: String]) -> Int {
    let names = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"]
    return max(names.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first ?? 1, 1)
  }
}
