import Foundation
import Support

/// Writes scalars and pictures as an event file that TensorBoard shows.
///
/// Every call is in the file when it returns, so a run can be watched and killed at any time.
///
/// - Source: `event.proto`, `summary.proto` and the TFRecord framing of TensorFlow.
public final class TensorBoardWriter {
  private let file: FileAppender
  private let now: () -> Double

  /// Starts an event file in `folder`. A run has one for each time that it was started.
  ///
  /// - Parameters:
  ///   - folder: The run's directory, which exists.
  ///   - step: The step that the run goes on from; TensorBoard then drops what earlier files say
  ///     about later steps. 0 for a new run.
  ///   - now: Seconds since 1970.
  /// - Throws: `FileError`.
  public init(
    folder: String, resumingAt step: Int = 0,
    now: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) throws {
    self.now = now
    // TensorBoard finds files by "tfevents" and reads them in the order of their names.
    let name = "events.out.tfevents.\(Int(now())).\(ProcessInfo.processInfo.processIdentifier)"
    file = try FileAppender(appendingTo: "\(folder)/\(name)")
    try append(step: 0) { $0.append(3, "brain.Event:2".utf8) }
    if step > 0 {
      let started = 1
      try append(step: step + 1) { event in event.append(7) { $0.append(1, started) } }
    }
  }

  /// - Throws: `FileError`.
  public func append(scalars: [(tag: String, value: Float)], step: Int) throws {
    try append(step: step) { event in
      event.append(5) { summary in
        for scalar in scalars {
          summary.append(1) { value in
            value.append(1, scalar.tag.utf8)
            value.append(2, scalar.value)
          }
        }
      }
    }
  }

  /// Adds a picture: an RGB one of `width` × `height` pixels as a PNG file.
  ///
  /// - Throws: `FileError`.
  public func append(image tag: String, png: Data, width: Int, height: Int, step: Int) throws {
    let rgb = 3
    try append(step: step) { event in
      event.append(5) { summary in
        summary.append(1) { value in
          value.append(1, tag.utf8)
          value.append(4) { image in
            image.append(1, height)
            image.append(2, width)
            image.append(3, rgb)
            image.append(4, png)
          }
        }
      }
    }
  }

  private func append(step: Int, _ content: (inout ProtocolBuffer) -> Void) throws {
    var event = ProtocolBuffer()
    event.append(1, now())
    event.append(2, step)
    content(&event)
    try Self.record(event.bytes).withUnsafeBytes { try file.append($0) }
  }

  /// TFRecord: length, its checksum, the data, its checksum.
  private static func record(_ data: [UInt8]) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Array($0) }
    return length + maskedChecksum(length) + data + maskedChecksum(data)
  }

  /// Rotated and shifted, since a checksum of data that holds checksums is weak.
  private static func maskedChecksum(_ bytes: [UInt8]) -> [UInt8] {
    let crc = crc32c(bytes)
    let masked = (crc >> 15 | crc << 17) &+ 0xa282_ead8
    return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
  }
}
