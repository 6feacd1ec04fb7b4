import Support
import Synchronization
import Tensors

/// What is wrong with the numbers themselves: files of broken downloads hold zeros, trainings that
/// diverged NaN, and both give black pictures.
package struct WeightHealth: Sendable {
  package private(set) var notFinite: [String] = []
  /// Weights, not biases, that are zero throughout.
  package private(set) var zero: [String] = []
  package private(set) var isEntirelyZero = true

  /// Reads every number once, on all threads, and gives the memory back.
  ///
  /// - Throws: what is wrong with the file.
  package init(of file: any TensorFile) throws {
    let layouts = file.layouts
    for name in layouts.keys.sorted() {
      guard let layout = layouts[name] else { continue }
      let bits = try file.withBytes(of: name) { Self.bits($0, layout.type) }
      file.releasePages(of: name)
      if !bits.isFinite { notFinite.append(name) }
      if !bits.isZero {
        isEntirelyZero = false
      } else if !name.hasSuffix("bias") {
        zero.append(name)
      }
    }
  }

  private struct Bits {
    let isFinite: Bool
    let isZero: Bool
  }

  private static func bits(
    _ bytes: UnsafeRawBufferPointer, _ type: Safetensors.ElementType
  ) -> Bits {
    switch type {
    case .float32: scanFloats(bytes)
    case .float64: scan(bytes, UInt64.self, exponent: 52)
    case .float16: scan(bytes, UInt16.self, exponent: 10)
    case .bfloat16: scan(bytes, UInt16.self, exponent: 7)
    case .int64, .int32, .int16, .int8, .uint8, .bool:
      Bits(isFinite: true, isZero: bytes.allSatisfy { $0 == 0 })
    }
  }

  private static let piece = 1 << 20  // bytes

  /// For what most files hold, by a kernel.
  private static func scanFloats(_ bytes: UnsafeRawBufferPointer) -> Bits {
    inPieces(bytes, of: MemoryLayout<Float>.size) { start, count in
      var (bits, carries) = (UInt32(0), UInt32(0))
      kernels.magnitudeBits(start, count, 1 << 23, &bits, &carries)
      return Bits(isFinite: carries >> 31 == 0, isZero: bits == 0)
    }
  }

  /// A number is NaN or infinite when its exponent's bits are all ones: one more then carries into
  /// the sign. Two integer operations a number, which the compiler vectorises.
  ///
  /// - Parameter exponent: the place of its lowest bit.
  private static func scan<Word: FixedWidthInteger & UnsignedInteger & Sendable>(
    _ bytes: UnsafeRawBufferPointer, _: Word.Type, exponent: Int
  ) -> Bits {
    let size = MemoryLayout<Word>.size
    let (one, sign) = (Word(1) << exponent, Word(1) << (Word.bitWidth - 1))
    return inPieces(bytes, of: size) { start, count in
      var (carries, ones) = (Word(0), Word(0))
      for i in 0..<count {
        let magnitude = start.loadUnaligned(fromByteOffset: i &* size, as: Word.self) & ~sign
        carries |= magnitude &+ one
        ones |= magnitude
      }
      return Bits(isFinite: carries & sign == 0, isZero: ones == 0)
    }
  }

  /// What holds of all pieces, looked through on all threads: numbers of `size` bytes each.
  private static func inPieces(
    _ bytes: UnsafeRawBufferPointer, of size: Int, _ look: (UnsafeRawPointer, Int) -> Bits
  ) -> Bits {
    guard let start = bytes.baseAddress else { return Bits(isFinite: true, isZero: true) }
    let isFinite = Atomic(true)
    let isZero = Atomic(true)
    parallelRanges(bytes.count / size, grain: piece / size) { range in
      let bits = look(start + range.lowerBound * size, range.count)
      if !bits.isFinite { isFinite.store(false, ordering: .relaxed) }
      if !bits.isZero { isZero.store(false, ordering: .relaxed) }
    }
    return Bits(
      isFinite: isFinite.load(ordering: .relaxed), isZero: isZero.load(ordering: .relaxed))
  }
}
