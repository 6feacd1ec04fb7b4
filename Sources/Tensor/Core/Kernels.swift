import Kernels

/// The hot loops for this CPU, chosen once at start.
// Safe to share: written once, by a thread-safe initialiser, and only read afterwards.
package nonisolated(unsafe) let kernels: KernelTable = kernelTable().pointee

/// The instruction set in use: "v4" (AVX-512), "v3" (AVX2) or "baseline".
public var instructionSet: String { String(cString: kernels.name) }

/// Kernels of brain floats; nil where this CPU has none.
let bfloatKernels: BFloatKernels? = kernelBFloats()?.pointee

/// Kernels of tiles, which do all products of brain floats where there are any: AMX, or its emulation
/// where `PBE_CPU=emulated`.
let tiles: TileKernels? = tileKernels()?.pointee
