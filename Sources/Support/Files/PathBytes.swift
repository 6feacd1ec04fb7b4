/// Names of files are bytes, which need not be UTF-8: older systems, archives and cameras leave others.
/// So that a path can be a `String` everywhere, a byte that is no UTF-8 becomes a scalar of a private
/// area of Unicode, and that scalar the byte again where the system is called: ``FileSystem``, and
/// what is written with ``pathBytes``. Python does the same with half a surrogate, which a `String`
/// cannot hold.
extension String {
  /// A path, or a part of one, as the system gives it.
  package init(pathBytes bytes: some Collection<UInt8>) {
    if let text = String(validating: bytes, as: UTF8.self), !text.hasStandIns {
      self = text
      return
    }
    self.init()
    var rest = bytes[...]
    while !rest.isEmpty {
      var iterator = rest.makeIterator()
      var parser = Unicode.UTF8.ForwardParser()
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        let count = encoded.count
        if Self.standIns.contains(scalar.value) {
          append(standingFor: rest.prefix(count))
        } else {
          unicodeScalars.append(scalar)
        }
        rest = rest.dropFirst(count)
      case .error(let length):
        append(standingFor: rest.prefix(length))
        rest = rest.dropFirst(length)
      case .emptyInput:
        return
      }
    }
  }

  /// The path as the system knows it.
  package var pathBytes: [UInt8] {
    guard hasStandIns else { return Array(utf8) }
    return unicodeScalars.flatMap { scalar in
      Self.byte(scalar).map { [$0] } ?? Array(String(scalar).utf8)
    }
  }

  /// Calls `body` with the path as the system takes it.
  func withSystemPath<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    guard hasStandIns else { return try withCString(body) }
    return try (pathBytes + [0]).withUnsafeBytes { bytes in
      try bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let start = characters.baseAddress else { return try withCString(body) }
        return try body(start)
      }
    }
  }

  /// Scalars that stand for the bytes from 0x80 on; a name that truly holds one is escaped itself.
  private static let standIns: ClosedRange<UInt32> = 0x10_FE80...0x10_FEFF
  private static let firstByte: UInt8 = 0xF4  // of all of them in UTF-8, and of few others

  private var hasStandIns: Bool {
    utf8.contains(Self.firstByte) && unicodeScalars.contains { Self.standIns.contains($0.value) }
  }

  /// The byte that a scalar stands for; nil for any other scalar.
  static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    standIns.contains(scalar.value) ? UInt8(truncatingIfNeeded: scalar.value) : nil
  }

  private mutating func append(standingFor bytes: some Sequence<UInt8>) {
    for byte in bytes {
      guard let scalar = Unicode.Scalar(Self.standIns.lowerBound - 0x80 + UInt32(byte)) else {
        continue
      }
      unicodeScalars.append(scalar)
    }
  }
}
