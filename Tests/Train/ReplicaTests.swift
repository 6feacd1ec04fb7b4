import Foundation
import Support
import Tensors
import TestSupport
import Testing
import Training

/// Several replicas train as one does, bit for bit, whatever their number.
@Suite struct ReplicaTests {
  private let training: TinyTraining

  init() throws { training = try TinyTraining() }

  @discardableResult
  private func start(
    _ configuration: String, to output: String, ranks: Int, _ overrides: [String]
  ) throws -> [TrainingOutcome] {
    let loaded = try TrainingConfiguration.load(
      files: [training.path("\(configuration).yaml")], overrides: overrides)
    let path = training.path(output)
    guard ranks > 1 else { return [try TrainingRun(new: loaded, output: path).train()] }
    return try ThreadGroup(of: ranks).run {
      try TrainingRun(new: loaded, output: path, replica: Replica($0)).train()
    }.map { try $0.get() }
  }

  private func resume(_ output: String, ranks: Int, _ overrides: String...) throws {
    let path = training.path(output)
    let outcomes = ThreadGroup(of: ranks).run {
      try TrainingRun(resuming: path, overrides: overrides, replica: Replica($0)).train().steps
    }
    for outcome in outcomes { _ = try outcome.get() }
  }

  private func expectSame(_ run: String, _ other: String, _ comment: Comment) throws {
    #expect(try training.course(run) == training.course(other), comment)
    #expect(training.checkpoints(run) == training.checkpoints(other), comment)
    let (files, others) = (
      try training.contents("\(run)/checkpoints"), try training.contents("\(other)/checkpoints")
    )
    #expect(files.keys.sorted() == others.keys.sorted(), comment)
    for (name, data) in files { #expect(data == others[name], "\(comment): \(name)") }
  }

  @Test(arguments: [
    ("autoencoder", ["lightning.trainer.gradient_clip_val=0.1", "data.params.num_workers=0"]),
    ("diffusion", ["seed=5"]),
    ("diffusion", ["data.params.cache_latents=true", "model.params.ema_decay=null"]),
    ("autoencoder", TinyTraining.sharpened),
    ("encoder", ["lightning.trainer.precision=bf16-mixed"]),
    ("harmoniser", []),
  ])
  func ranksMakeTheFilesOfOne(_ objective: String, _ overrides: [String]) throws {
    let all =
      [
        "lightning.trainer.accumulate_grad_batches=8", "lightning.trainer.max_steps=3",
        "checkpoint.every=1", "samples.every=0",
      ] + overrides
    try start(objective, to: "1", ranks: 1, all)
    for ranks in [2, 4, 8] {
      try start(objective, to: "\(ranks)", ranks: ranks, all)
      try expectSame("\(ranks)", "1", "\(ranks) ranks")
    }
  }

  /// 6 batches are halves of 3, which are no halves.
  @Test func sharesNeedNotBePowersOfTwo() throws {
    let all = ["lightning.trainer.accumulate_grad_batches=6", "lightning.trainer.max_steps=3"]
    try start("autoencoder", to: "1", ranks: 1, all)
    try start("autoencoder", to: "2", ranks: 2, all)
    try expectSame("2", "1", "2 ranks")
  }

  @Test func aRunGoesOnWithAnotherNumberOfRanks() throws {
    let all = [
      "lightning.trainer.accumulate_grad_batches=4", "checkpoint.every=1", "validation.every=0",
    ]
    try start("encoder", to: "whole", ranks: 1, all)
    try start("encoder", to: "parts", ranks: 2, all + ["lightning.trainer.max_steps=2"])
    try resume("parts", ranks: 4, "lightning.trainer.max_steps=4")
    try resume("parts", ranks: 1, "lightning.trainer.max_steps=5")
    try resume("parts", ranks: 2, "lightning.trainer.max_steps=6")
    try expectSame("parts", "whole", "2, 4, 1 and 2 ranks")
  }

  @Test(arguments: [3, 8]) func ranksThatCannotShareAreRefused(_ ranks: Int) throws {
    let loaded = try TrainingConfiguration.load(
      files: [training.path("autoencoder.yaml")],
      overrides: ["lightning.trainer.accumulate_grad_batches=12"])
    let path = training.path("run")
    for result in ThreadGroup(of: ranks).run({
      try TrainingRun(new: loaded, output: path, replica: Replica($0)).train().steps
    }) {
      let error = #expect(throws: RunError.self) { try result.get() }
      #expect("\(error as Any)".contains("\(ranks) processes cannot share the 12 batches"))
      #expect("\(error as Any)".contains("start 1, 2 or 4 of them"))
    }
    #expect(!training.exists("run"))
  }

  @Test func theLogSaysHowManyTheyAre() throws {
    let all = ["lightning.trainer.accumulate_grad_batches=2", "lightning.trainer.max_steps=2"]
    let outcomes = try start("autoencoder", to: "two", ranks: 2, all)
    #expect(outcomes.map(\.steps) == [2, 2])
    for line in try training.log("two") {
      #expect(line["ranks"] == .integer(2))
      #expect(line["exchange_seconds"] != nil && line["wait_seconds"] != nil)
    }
    try start("autoencoder", to: "one", ranks: 1, all)
    #expect(try training.log("one").allSatisfy { $0["ranks"] == nil })
  }

  @Test func allStopAfterTheSameStepWhenOneIsAskedTo() throws {
    let loaded = try TrainingConfiguration.load(
      files: [training.path("autoencoder.yaml")],
      overrides: [
        "lightning.trainer.accumulate_grad_batches=2", "lightning.trainer.max_steps=1000000",
      ])
    let path = training.path("run")
    let outcomes = ThreadGroup(of: 2).run { exchange in
      var asked = 0
      return try TrainingRun(new: loaded, output: path, replica: Replica(exchange)).train {
        asked += 1
        return exchange.rank == 1 && asked > 2
      }.steps
    }
    let steps = try outcomes.map { try $0.get() }
    #expect(steps[0] == steps[1] && steps[0] < 10)
    #expect(training.checkpoints("run").last == steps[0])
  }
}

/// A rank that fails, or is not like the others, is named.
@Suite struct ReplicaFaultTests {
  private let training: TinyTraining

  init() throws { training = try TinyTraining() }

  private func run(
    _ overrides: @escaping @Sendable (_ rank: Int) -> [String]
  ) -> [Result<Int, any Error>] {
    let (file, path) = (training.path("autoencoder.yaml"), training.path("run"))
    return ThreadGroup(of: 2).run { exchange in
      let loaded = try TrainingConfiguration.load(
        files: [file],
        overrides: ["lightning.trainer.accumulate_grad_batches=2"] + overrides(exchange.rank))
      return try TrainingRun(new: loaded, output: path, replica: Replica(exchange)).train().steps
    }
  }

  private func expect(_ what: RankDifference.What, _ results: [Result<Int, any Error>]) {
    for result in results {
      let error = #expect(throws: RankDifference.self) { try result.get() }
      #expect(error?.rank == 1 && error?.what == what)
    }
    #expect(!training.exists("run/config.yaml"))
  }

  @Test func anotherConfigurationIsToldByItsLine() {
    let results = run { ["seed=\($0)"] }
    expect(.configuration, results)
    let error = #expect(throws: RankDifference.self) { try results[0].get() }
    #expect(error?.found == "seed: 1" && error?.expected == "seed: 0")
  }

  /// All see the same numbers, and end with what one process says.
  @Test func divergenceEndsAllAlike() throws {
    let results = run { _ in
      ["model.base_learning_rate=1e30", "validation.every=0", "samples.every=0"]
    }
    let messages = results.map { result in
      let error = #expect(throws: RunError.self) { try result.get() }
      return "\(error as Any)"
    }
    #expect(messages[0] == messages[1])
    #expect(messages[0].contains("step 2: ") && messages[0].contains("step-000000"))
    #expect(training.checkpoints("run") == [0])
  }

  /// Every replica knows whose share was not done, and the run keeps what was learnt.
  @Test func aRankThatCannotReadItsPicturesEndsAll() throws {
    for picture in 0..<TinyTraining.pictures { try training.write("", "\(picture).png") }
    let results = run { _ in ["validation.every=0", "samples.every=0"] }
    for result in results {
      let error = #expect(throws: RankError.self) { try result.get() }
      guard case .other(rank: 0, _, let message)? = error else {
        Issue.record("\(error as Any)")
        continue
      }
      #expect(message.contains("no picture of the dataset can be used"))
    }
    #expect(training.checkpoints("run") == [0])
  }
}

/// The order of sums, and who has what of the parameters.
@Suite struct SharingTests {
  private func tree(_ range: Range<Int>) -> String {
    BalancedTree.sum(range, leaf: { "\($0)" }) { $0 = "(\($0)+\($1))" }
  }

  @Test func sumsAreThoseOfABalancedTree() {
    #expect(tree(0..<1) == "0")
    #expect(tree(0..<4) == "((0+1)+(2+3))")
    #expect(tree(0..<6) == "(((0+1)+2)+((3+4)+5))")
    #expect(BalancedTree.depth(1) == 1 && BalancedTree.depth(8) == 4)
  }

  /// The sum over the sums of all ranks is that of one rank.
  @Test(arguments: [2, 4, 8], [8, 16, 24, 40]) func sharesAreNodes(_ ranks: Int, _ batches: Int) {
    let shares = ThreadGroup(of: ranks, pieces: 1).run { exchange in
      Replica(exchange).share(of: batches)
    }.compactMap { try? $0.get() }
    #expect(shares.flatMap { Array($0) } == Array(0..<batches))
    let sums = shares.map(tree)
    let together = BalancedTree.sum(0..<ranks, leaf: { sums[$0] }) { $0 = "(\($0)+\($1))" }
    #expect(together == tree(0..<batches))
  }

  @Test(arguments: [1, 2, 8], [[70_000, 3, 200_000, 65_536], [1], [131_072, 131_073]])
  func everyElementHasOneOwner(_ ranks: Int, _ counts: [Int]) {
    let layout = ShardLayout(counts: counts, replicas: ranks, room: ranks * RankRoom.piece)
    for (parameter, count) in counts.enumerated() {
      let owned = layout.owned.map { $0[parameter] }.filter { !$0.isEmpty }
      #expect(owned.first?.lowerBound == 0 && owned.last?.upperBound == count)
      for (part, next) in zip(owned, owned.dropFirst()) {
        #expect(part.upperBound == next.lowerBound && next.lowerBound % RankRoom.piece == 0)
      }
    }
    for round in layout.rounds {
      #expect(round.parts.first?.lowerBound == 0)
      #expect(
        zip(round.parts, round.parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(round.parts.last?.upperBound ?? 0 <= ranks * RankRoom.piece)
    }
    // What the rounds carry is what is owned.
    for rank in 0..<ranks {
      let carried = layout.rounds.flatMap { $0.slices[rank] }
      for parameter in counts.indices {
        let elements = carried.filter { $0.parameter == parameter }.map(\.elements.count)
        #expect(elements.reduce(0, +) == layout.owned[rank][parameter].count)
      }
    }
    let sizes = layout.owned.map { $0.reduce(0) { $0 + $1.count } }
    let largest = counts.max().map { min($0, RankRoom.piece) } ?? 0
    #expect((sizes.max() ?? 0) - counts.reduce(0, +) / ranks <= largest)
  }

  @Test func sumsOfSmallTensorsAreInOrderToo() throws {
    let values: [Float] = [1e8, 1, -1e8, 3, 7e7, -2, 5, 1e-3]
    let alone = try Replica.single.sum(values.map { [Tensor([1], [$0])] })
    let results = ThreadGroup(of: 4).run { exchange in
      let replica = Replica(exchange)
      return try replica.sum(replica.share(of: 8).map { [Tensor([1], [values[$0]])] })[0].scalar
    }
    for result in results { #expect(try result.get() == alone[0].scalar) }
  }
}
