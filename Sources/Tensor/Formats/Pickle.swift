import Support

/// What a Python pickle says, as data: nothing is imported, called or run.
///
/// Numbers, strings and containers are themselves; everything else (classes, calls, objects, what
/// the pickler left outside) is only described. Values refer to one another by their place in an
/// array, as the pickle's memo makes them: shared values are not multiplied, containers may hold
/// themselves, and none of it can leak or overflow the stack. Whoever walks through the values must
/// therefore bound the walk, too.
///
/// - Source: protocols 2 to 5 as documented in CPython's Lib/pickletools.py.
package final class Pickle: Sendable {
  package typealias Place = Int

  enum Node: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    /// Beyond 64 bits: two's complement, little-endian.
    case largeInteger([UInt8])
    case float(Double)
    case string(String)
    case bytes([UInt8])
    /// The place among `containers`; of a dictionary, that has keys and values by turns.
    case list(Int), tuple(Int), set(Int), dictionary(Int)
    indirect case global(module: String, name: String)  // elsewhere: it would double every node
    case persistent(Place)
    /// The place among `objects`.
    case object(Int)
  }

  /// The result of calling something with arguments, and what was put into it afterwards.
  struct Object: Sendable {
    var callable: Place
    var arguments: Place
    var keywords: Place?
    var state: Place?
    var items: [Place] = []
    /// Keys and values by turns.
    var pairs: [Place] = []
  }

  let nodes: [Node]
  let containers: [[Place]]
  let objects: [Object]
  private let top: Place

  /// - Parameter path: for messages.
  /// - Throws: ``PickleError``.
  package init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
    var machine = PickleMachine(bytes, path: path)
    top = try machine.run()
    nodes = machine.nodes
    containers = machine.containers
    objects = machine.objects
  }

  /// Reads a file that is one pickle.
  ///
  /// - Throws: `FileError`, ``PickleError``.
  package convenience init(contentsOf path: String) throws {
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    try self.init(file.bytes, path: path)
  }

  package var root: PickleValue { PickleValue(self, top) }
}

/// One value of a pickle. Asked for something that it is not, it answers nil.
package struct PickleValue: Sendable {
  private let pickle: Pickle
  /// Equal for values that are one and the same object in Python.
  package let identity: Pickle.Place

  fileprivate init(_ pickle: Pickle, _ place: Pickle.Place) {
    self.pickle = pickle
    identity = place
  }

  private var node: Pickle.Node { pickle.nodes[identity] }

  package var isNone: Bool { if case .none = node { true } else { false } }
  package var bool: Bool? { if case .bool(let value) = node { value } else { nil } }
  package var integer: Int? { if case .integer(let value) = node { value } else { nil } }
  package var float: Double? { if case .float(let value) = node { value } else { nil } }
  package var string: String? { if case .string(let value) = node { value } else { nil } }

  /// Also of bytes that protocol 2 writes as a call of `_codecs.encode`.
  package var bytes: [UInt8]? {
    if case .bytes(let value) = node { return value }
    guard let object, object.callable.isGlobal("_codecs", "encode"),
      let text = object.arguments.first?.string, object.arguments.last?.string == "latin1"
    else { return nil }
    let scalars = text.unicodeScalars
    return scalars.allSatisfy({ $0.value < 256 }) ? scalars.map { UInt8($0.value) } : nil
  }

  /// The members of a list, tuple or set.
  package var items: PickleItems? {
    switch node {
    case .list(let index), .tuple(let index), .set(let index):
      PickleItems(pickle, pickle.containers[index])
    default: nil
    }
  }

  package var isTuple: Bool { if case .tuple = node { true } else { false } }

  /// What a dictionary maps, or an object that is filled like one (`OrderedDict`), in the order
  /// written; of a key that stands there twice, the later one counts.
  package var pairs: PicklePairs? {
    switch node {
    case .dictionary(let index): PicklePairs(PickleItems(pickle, pickle.containers[index]))
    case .object(let index) where isOrderedDictionary(index):
      PicklePairs(PickleItems(pickle, pickle.objects[index].pairs))
    default: nil
    }
  }

  private func isOrderedDictionary(_ index: Int) -> Bool {
    let callable = PickleValue(pickle, pickle.objects[index].callable)
    return callable.isGlobal("collections", "OrderedDict")
      || callable.isGlobal("collections", "defaultdict")
  }

  /// What a dictionary has under a string.
  package subscript(_ key: String) -> PickleValue? {
    pairs?.last { $0.key.string == key }?.value
  }

  /// A class or function, by name.
  package var global: (module: String, name: String)? {
    if case .global(let module, let name) = node { (module, name) } else { nil }
  }

  package func isGlobal(_ module: String, _ name: String) -> Bool {
    global.map { $0.module == module && $0.name == name } ?? false
  }

  /// What the pickler left outside, and named by this value.
  package var persistentID: PickleValue? {
    if case .persistent(let place) = node { PickleValue(pickle, place) } else { nil }
  }

  package var object: PickleObject? {
    guard case .object(let index) = node else { return nil }
    let object = pickle.objects[index]
    func value(_ place: Pickle.Place) -> PickleValue { PickleValue(pickle, place) }
    return PickleObject(
      callable: value(object.callable),
      arguments: value(object.arguments).items ?? PickleItems(pickle, []),
      keywords: object.keywords.map(value), state: object.state.map(value),
      items: PickleItems(pickle, object.items),
      pairs: PicklePairs(PickleItems(pickle, object.pairs)))
  }

  /// What it is, for messages: "a list", "an object of numpy.dtype".
  package var kind: String {
    switch node {
    case .none: return "None"
    case .bool: return "a bool"
    case .integer, .largeInteger: return "an integer"
    case .float: return "a float"
    case .string: return "a string"
    case .bytes: return "bytes"
    case .list: return "a list"
    case .tuple: return "a tuple"
    case .set: return "a set"
    case .dictionary: return "a dictionary"
    case .global(let module, let name): return "the name \("\(module).\(name)".shortened)"
    case .persistent: return "a reference to outside the pickle"
    case .object(let index):
      let name = PickleValue(pickle, pickle.objects[index].callable).global
      return name.map { "an object of \("\($0.module).\($0.name)".shortened)" } ?? "an object"
    }
  }
}

/// The result of a call, which was not made.
package struct PickleObject: Sendable {
  /// The class or function: mostly a ``PickleValue/global``.
  package let callable: PickleValue
  package let arguments: PickleItems
  package let keywords: PickleValue?
  /// What Python would give to `__setstate__`, or put into `__dict__`.
  package let state: PickleValue?
  /// What was appended to it.
  package let items: PickleItems
  /// What was set in it, as in a dictionary.
  package let pairs: PicklePairs
}

/// Values in a row; made when they are looked at.
package struct PickleItems: RandomAccessCollection, Sendable {
  private let pickle: Pickle
  private let places: [Pickle.Place]

  fileprivate init(_ pickle: Pickle, _ places: [Pickle.Place]) {
    self.pickle = pickle
    self.places = places
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { places.count }
  package subscript(_ index: Int) -> PickleValue { PickleValue(pickle, places[index]) }
}

/// Keys with their values, in a row.
package struct PicklePairs: RandomAccessCollection, Sendable {
  private let items: PickleItems

  fileprivate init(_ items: PickleItems) { self.items = items }

  package var startIndex: Int { 0 }
  package var endIndex: Int { items.count / 2 }
  package subscript(_ index: Int) -> (key: PickleValue, value: PickleValue) {
    (items[2 * index], items[2 * index + 1])
  }
}
