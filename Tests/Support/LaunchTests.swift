import Foundation
import Support
import Synchronization
import TestSupport
import Testing

/// Who started us is read off the variables that launchers set.
@Suite struct LaunchTests {
  @Test(arguments: [
    (["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"], "mpirun", 1, 4),
    (["PMI_RANK": "2", "PMI_SIZE": "3"], "mpiexec", 2, 3),
    (["SLURM_PROCID": "7", "SLURM_STEP_NUM_TASKS": "8", "PMIX_RANK": "7"], "srun", 7, 8),
    (
      [
        "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2", "OMPI_COMM_WORLD_RANK": "5",
        "OMPI_COMM_WORLD_SIZE": "16",
      ], "mpirun", 5, 16
    ),
    (["PMIX_RANK": "3"], "the launcher", 3, nil),
  ])
  func launchersAreKnown(
    _ variables: [String: String], _ launcher: String, _ rank: Int, _ count: Int?
  ) {
    let launch = Launch(environment: variables)
    #expect(launch?.launcher == launcher && launch?.rank == rank && launch?.count == count)
  }

  @Test(arguments: [
    [:],
    ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"],
    // A job's script: the job has 8 tasks, the script is none of them.
    ["SLURM_PROCID": "0", "SLURM_NTASKS": "8"],
    ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1", "PMIX_RANK": "0"],
    ["PMIX_RANK": "x"],
  ])
  func aProcessAloneIsNoRank(_ variables: [String: String]) {
    #expect(Launch(environment: variables) == nil)
  }

  @Test func neighboursShareAMachine() {
    var variables = ["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"]
    #expect(Launch(environment: variables)?.localCount == 1)
    variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "2"
    #expect(Launch(environment: variables)?.localCount == 2)
  }
}

/// Ranks notice those that are lost.
@Suite struct RankWatchTests {
  @Test func aProgramThatLeavesIsNotMissedAndOneThatEndsIs() throws {
    let lost = Lost()
    let group = ThreadGroup(of: 3)
    let watches = try group.run { exchange in
      try RankWatch(rank: exchange.rank, gather: exchange.gather) {
        lost.add(exchange.rank, "\($0)")
      }
    }.map { try $0.get() }
    #expect(watches[0].unwatched.isEmpty)
    watches[2].leave()
    watches[1].hangUp()
    for _ in 0..<50 where lost.all.isEmpty { Thread.sleep(forTimeInterval: 0.1) }
    #expect(lost.all.count == 1 && lost.all[0]?.contains("rank 1 (") == true, "\(lost.all)")
    #expect(lost.all[0]?.contains("has ended without a word") == true)
  }

  /// By the rank that noticed. Safe to share: touched under its lock.
  private final class Lost: Sendable {
    private let texts = Mutex<[Int: String]>([:])
    var all: [Int: String] { texts.withLock { $0 } }
    func add(_ rank: Int, _ text: String) { texts.withLock { $0[rank] = text } }
  }
}
