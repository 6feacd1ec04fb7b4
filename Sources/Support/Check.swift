import Foundation

/// Stops the program with a message when a caller broke a rule of the code (shapes, ranks, ranges).
///
/// Unlike `assert` it survives `-O`. What comes from outside (files, flags) throws instead.
@inline(__always)
public func check(
  _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  if !condition { stop(message(), file, line) }
}

@inline(never)
private func stop(_ message: String, _ file: StaticString, _ line: UInt) -> Never {
  fatalError("\(message) (\(file):\(line))")
}
