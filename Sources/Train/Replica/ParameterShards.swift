import Autograd
import Support
import Tensors

/// The gradient of a step over all batches of all replicas.
struct StepGradients {
  let loss: Double
  /// Of the elements that this replica updates, by parameter; nil where no batch had an influence.
  let parts: [Tensor?]
  /// The Euclidean norm over all parameters together.
  let norm: Double
  /// Parameters whose gradient is not finite.
  let broken: [String]
}

/// Parameters that several replicas have and each updates a part of: gradients are added up and shared out,
/// and parameters go back to all.
///
/// As much travels as in a ring's all-reduce, and every sum has the order of ``BalancedTree``.
struct ParameterShards: Sendable {
  let parameters: [Parameter]
  private let replica: Replica
  private let exchange: any RankExchange
  private let layout: ShardLayout

  /// Nil for a process that trains alone.
  init?(_ parameters: [Parameter], _ replica: Replica) {
    guard let exchange = replica.exchange, replica.count > 1 else { return nil }
    (self.parameters, self.replica, self.exchange) = (parameters, replica, exchange)
    layout = ShardLayout(
      counts: parameters.map(\.count), replicas: replica.count, room: exchange.room)
  }

  /// The elements of each parameter that this replica updates.
  var owned: [Range<Int>] { layout.owned[replica.rank] }

  private func shape(of part: Range<Int>, _ parameter: Int) -> [Int] {
    isWhole(part, parameter) ? parameters[parameter].shape : [part.count]
  }

  /// Adds the gradients of all replicas.
  ///
  /// - Parameters:
  ///   - own: of this replica's batches; those of parameters that it updates as a whole are added to in
  ///     place and are nil afterwards.
  ///   - absent: parameters that no replica has a gradient of.
  ///   - loss: of all batches.
  func sum(
    _ own: inout GradientAccumulator, absent: Set<Int>, loss: Double
  ) throws -> StepGradients {
    var parts = owned.enumerated().map { parameter, part -> Tensor? in
      guard !absent.contains(parameter), !part.isEmpty else { return nil }
      guard isWhole(part, parameter) else { return Tensor(zeros: shape(of: part, parameter)) }
      return own.take(parameter) ?? Tensor(full: parameters[parameter].shape, Self.nothing)
    }
    let others = own.gradients
    try replica.timed {
      for round in layout.rounds {
        try exchange.scatter(round.parts) { buffer in
          for slice in round.slices.joined() {
            let gradient =
              isWhole(owned[slice.parameter], slice.parameter)
              ? parts[slice.parameter] : others[slice.parameter]
            write(gradient, slice, to: buffer)
          }
        } take: { pieces in
          take(round, pieces, into: &parts)
        }
      }
    }
    let squares = try squares(of: parts)
    return StepGradients(
      loss: loss, parts: parts, norm: squares.reduce(0, +).squareRoot(),
      broken: zip(parameters, squares).filter { !$0.1.isFinite }.map(\.0.name))
  }

  /// Whether this replica updates all of a parameter.
  private func isWhole(_ part: Range<Int>, _ parameter: Int) -> Bool {
    part.count == parameters[parameter].count
  }

  /// A gradient that is missing here and not elsewhere: it changes no number that it is added to.
  private static let nothing: Float = -0.0

  private func write(
    _ gradient: Tensor?, _ slice: ShardLayout.Slice, to buffer: UnsafeMutablePointer<Float>
  ) {
    let (target, count) = (buffer + slice.place, slice.elements.count)
    guard let gradient else { return target.update(repeating: Self.nothing, count: count) }
    Tensor.copy(gradient.pointer + slice.elements.lowerBound, to: target, count: count)
  }

  /// Adds the numbers of all replicas, and keeps the sum.
  private func take(
    _ round: ShardLayout.Round, _ pieces: [UnsafeMutablePointer<Float>], into parts: inout [Tensor?]
  ) {
    let count = round.parts[replica.rank].count
    let sum = BalancedTree.sum(pieces.indices, leaf: { pieces[$0] }) { sum, other in
      Tensor.add(other, to: sum, count: count)
    }
    let start = round.parts[replica.rank].lowerBound
    for slice in round.slices[replica.rank] {
      let place = slice.elements.lowerBound - owned[slice.parameter].lowerBound
      parts[slice.parameter]?.withUnsafeMutableBufferPointer { part in
        guard let base = part.baseAddress else { return }
        Tensor.copy(sum + slice.place - start, to: base + place, count: slice.elements.count)
      }
    }
  }

  /// The sum of squares of each parameter's gradient, added up as ``Tensors/Tensor/sumOfSquares()`` does.
  private func squares(of parts: [Tensor?]) throws -> [Double] {
    let own = owned.enumerated().flatMap { parameter, part in
      parts[parameter]?.sumsOfSquares()
        ?? [Double](repeating: 0, count: Self.pieces(part.count))
    }
    var rest = try replica.gather(own)[...]
    return try parameters.map { parameter in
      let count = Self.pieces(parameter.count)
      guard rest.count >= count else { throw RankError.garbled(rank: replica.count - 1) }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reduce(0, +)
    }
  }

  private static func pieces(_ count: Int) -> Int {
    (count + Tensor.sumGrain - 1) / Tensor.sumGrain
  }

  /// Gives every replica the elements that others have updated.
  func shareParameters() throws {
    try replica.timed {
      for round in layout.rounds {
        let start = round.parts[replica.rank].lowerBound
        try exchange.share(round.parts) { buffer in
          for slice in round.slices[replica.rank] {
            let value = parameters[slice.parameter].value
            value.withUnsafeBufferPointer { values in
              guard let base = values.baseAddress else { return }
              Tensor.copy(
                base + slice.elements.lowerBound, to: buffer + slice.place - start,
                count: slice.elements.count)
            }
          }
        } take: { parts in
          for (rank, part) in parts.enumerated() where rank != replica.rank {
            update(round.slices[rank], from: part - round.parts[rank].lowerBound)
          }
        }
      }
    }
  }

  private func update(_ slices: [ShardLayout.Slice], from buffer: UnsafeMutablePointer<Float>) {
    for slice in slices {
      parameters[slice.parameter].update { values in
        guard let base = values.baseAddress else { return }
        Tensor.copy(
          buffer + slice.place, to: base + slice.elements.lowerBound, count: slice.elements.count)
      }
    }
  }

  /// Brings the parts of what belongs to a parameter, such as a moment, together.
  ///
  /// - Parameters:
  ///   - part: this replica's.
  ///   - index: the parameter's.
  /// - Returns: all of it, where this replica writes the files; nil elsewhere.
  func whole(_ part: Tensor, of index: Int) throws -> Tensor? {
    let owned = layout.owned.map { $0[index] }
    let chunk = exchange.room / replica.count
    let whole = replica.writesFiles ? Tensor(zeros: parameters[index].shape) : nil
    let longest = owned.map(\.count).max() ?? 0
    try replica.timed {
      for start in stride(from: 0, to: longest, by: chunk) {
        let sent = owned.map { part in
          let first = min(part.lowerBound + start, part.upperBound)
          return first..<min(first + chunk, part.upperBound)
        }
        try exchange.share(Self.consecutive(sent.map(\.count))) { buffer in
          let own = sent[replica.rank]
          let place = own.lowerBound - owned[replica.rank].lowerBound
          Tensor.copy(part.pointer + place, to: buffer, count: own.count)
        } take: { parts in
          guard let whole else { return }
          for (elements, part) in zip(sent, parts) {
            Tensor.copy(
              part, to: whole.storage.pointer + elements.lowerBound, count: elements.count)
          }
        }
      }
    }
    return whole
  }

  private static func consecutive(_ counts: [Int]) -> [Range<Int>] {
    var end = 0
    return counts.map { count in
      defer { end += count }
      return end..<end + count
    }
  }
}
