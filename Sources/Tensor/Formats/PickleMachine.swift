/// Carries out a pickle's instructions on a stack of places; see ``Pickle``.
///
/// Every instruction adds at most one value, and their number is limited: so is memory.
struct PickleMachine {
  private(set) var nodes: [Pickle.Node] = []
  private(set) var containers: [[Pickle.Place]] = []
  private(set) var objects: [Pickle.Object] = []
  private var reader: PickleReader
  private var stack: [Pickle.Place] = []
  private var marks: [Int] = []
  private var memo: [Int: Pickle.Place] = [:]

  private static let mostInstructions = 4_000_000

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    reader = PickleReader(bytes, path: path)
  }

  /// Runs to the end and returns the place of the result.
  ///
  /// - Throws: ``PickleError``.
  mutating func run() throws -> Pickle.Place {
    guard try reader.operation() == .protocolVersion else { throw reader.error(.notPickle) }
    try checkVersion()
    for _ in 0..<Self.mostInstructions {
      let operation = try reader.operation()
      if operation == .stop { return try pop() }
      try perform(operation)
    }
    throw reader.error(.tooLong(instructions: Self.mostInstructions))
  }

  private mutating func checkVersion() throws {
    let version = try reader.byte()
    guard (2...5).contains(version) else { throw reader.error(.version(Int(version))) }
  }

  private mutating func perform(_ operation: PickleOperation) throws {
    switch operation {
    case .stop: break
    case .protocolVersion: try checkVersion()
    case .frame: _ = try reader.checkedCount(of: UInt64.self)
    case .mark: marks.append(stack.count)
    case .pop: if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popToMark()
    case .duplicate:
      let place = try pop()
      stack += [place, place]
    case .put1, .put4, .memoize, .get1, .get4: try remember(operation)
    case .none, .true, .false, .int1, .int2, .int4, .long1, .long4, .float:
      push(try reader.number(operation))
    case .unicode1, .unicode4, .unicode8, .string1, .string4, .bytes1, .bytes4, .bytes8,
      .byteArray8:
      push(try reader.text(operation))
    case .emptyList, .emptyTuple, .tuple1, .tuple2, .tuple3, .tuple, .emptyDictionary, .emptySet,
      .frozenSet:
      try makeContainer(operation)
    case .append, .appends, .setItem, .setItems, .addItems: try fillContainer(operation)
    case .global, .stackGlobal, .reduce, .newObject, .newObjectWithKeywords, .build, .persistent:
      try describe(operation)
    }
  }

  // MARK: The stack

  private mutating func push(_ node: Pickle.Node) {
    stack.append(nodes.count)
    nodes.append(node)
  }

  private mutating func pop() throws -> Pickle.Place {
    guard stack.count > marks.last ?? 0, let place = stack.popLast() else {
      throw reader.error(.emptyStack)
    }
    return place
  }

  /// The last `count` places, the oldest first.
  private mutating func pop(_ count: Int) throws -> [Pickle.Place] {
    guard stack.count - count >= marks.last ?? 0 else { throw reader.error(.emptyStack) }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [Pickle.Place] {
    guard let mark = marks.last else { throw reader.error(.noMark) }
    defer { marks.removeLast() }
    return try pop(stack.count - mark)
  }

  private mutating func remember(_ operation: PickleOperation) throws {
    if operation == .get1 || operation == .get4 {
      let key = try operation == .get1 ? Int(reader.byte()) : Int(reader.integer(UInt32.self))
      guard let place = memo[key] else { throw reader.error(.notInMemo(key)) }
      return stack.append(place)
    }
    let key =
      switch operation {
      case .put1: Int(try reader.byte())
      case .put4: Int(try reader.integer(UInt32.self))
      default: memo.count
      }
    let place = try pop()
    memo[key] = place
    stack.append(place)
  }

  // MARK: Containers

  private mutating func makeContainer(_ operation: PickleOperation) throws {
    switch operation {
    case .emptyList: push(.list(contain([])))
    case .emptySet: push(.set(contain([])))
    case .emptyDictionary: push(.dictionary(contain([])))
    case .frozenSet: push(.set(contain(try popToMark())))
    case .tuple1: push(.tuple(contain(try pop(1))))
    case .tuple2: push(.tuple(contain(try pop(2))))
    case .tuple3: push(.tuple(contain(try pop(3))))
    case .tuple: push(.tuple(contain(try popToMark())))
    default: push(.tuple(contain([])))
    }
  }

  private mutating func contain(_ places: [Pickle.Place]) -> Int {
    containers.append(places)
    return containers.count - 1
  }

  private mutating func fillContainer(_ operation: PickleOperation) throws {
    let isMapping = operation == .setItem || operation == .setItems
    let added =
      switch operation {
      case .append: try pop(1)
      case .setItem: try pop(2)
      default: try popToMark()
      }
    guard !isMapping || added.count.isMultiple(of: 2) else { throw reader.error(.keyWithoutValue) }
    let target = try pop()
    stack.append(target)
    switch nodes[target] {
    case .list(let index) where operation == .append || operation == .appends:
      containers[index] += added
    case .set(let index) where operation == .addItems: containers[index] += added
    case .dictionary(let index) where isMapping: containers[index] += added
    case .object(let index) where isMapping: objects[index].pairs += added
    case .object(let index): objects[index].items += added
    default: throw reader.error(.wrongOperand)
    }
  }

  // MARK: What is only described

  private mutating func describe(_ operation: PickleOperation) throws {
    switch operation {
    case .global:
      push(.global(module: try reader.line(), name: try reader.line()))
    case .stackGlobal:
      let names = try pop(2)
      guard case .string(let module) = nodes[names[0]], case .string(let name) = nodes[names[1]]
      else { throw reader.error(.wrongOperand) }
      push(.global(module: module, name: name))
    case .persistent: push(.persistent(try pop()))
    case .build:
      let operands = try pop(2)
      guard case .object(let index) = nodes[operands[0]] else { throw reader.error(.wrongOperand) }
      objects[index].state = operands[1]
      stack.append(operands[0])
    default:
      let operands = try pop(operation == .newObjectWithKeywords ? 3 : 2)
      guard case .tuple = nodes[operands[1]] else { throw reader.error(.wrongOperand) }
      objects.append(
        Pickle.Object(
          callable: operands[0], arguments: operands[1],
          keywords: operands.count == 3 ? operands[2] : nil))
      push(.object(objects.count - 1))
    }
  }
}
