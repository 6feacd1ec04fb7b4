import Kernels
import Tensors
import Testing

/// The transforms of Winograd's convolution at each instruction set that this CPU has.
@Suite struct WinogradKernelTests {
  static let levels: [String] = ["v4", "v3", "baseline"].filter { (name: String) in
    kernelTableNamed(name) != nil
  }
  static let channels = 21  // one group of 16 and a rest
  static let plane = 32 + 3  // a panel's width, and some

  @Test(arguments: levels)
  func aTileConvolvesEachChannelWithItsOwnKernel(_ level: String) throws {
    let table = try #require(kernelTableNamed(level)).pointee
    let (channels, plane) = (Self.channels, Self.plane)
    var random = RandomStream(seed: 1, purpose: "winograd test", index: 0)
    let window = random.normals(36 * channels)
    let weight = random.normals(9 * channels)
    let bias = random.normals(channels)
    // Rows 1…5 and columns 0…4 of the window are inside the picture, 3 × 2 outputs are.
    let v = transformed(window, table)
    var u = [Float](repeating: 0, count: 36 * plane)
    table.winogradWeight(weight, 9, 9, 1, channels, 0, &u, plane)
    let y = output(zip(v, u).map { $0 * $1 }, bias: bias, rows: 3, columns: 2, table)
    for i in 0..<4 {
      for j in 0..<4 {
        for c in 0..<channels {
          guard i < 3 && j < 2 else {
            #expect(y[(4 * i + j) * channels + c] == 99)
            continue
          }
          var expected = Double(bias[c])
          for k in 0..<9 where i + k / 3 >= 1 && j + k % 3 < 5 {
            let pixel = (i + k / 3) * 6 + j + k % 3
            expected += Double(window[pixel * channels + c]) * Double(weight[9 * c + k])
          }
          #expect(abs(Double(y[(4 * i + j) * channels + c]) - expected) < 1e-5)
        }
      }
    }
  }

  @Test(arguments: levels)
  func gradientsOfTransformsAreTheirAdjoints(_ level: String) throws {
    let table = try #require(kernelTableNamed(level)).pointee
    let (channels, plane) = (Self.channels, Self.plane)
    var random = RandomStream(seed: 1, purpose: "winograd test", index: 1)
    let (m, w) = (random.normals(36 * plane), random.normals(9 * channels))
    let dy = random.normals(16 * channels)
    var dm = [Float](repeating: 0, count: 36 * plane)
    let y = output(m, bias: nil, rows: 4, columns: 4, table)
    table.winogradOutputGradient(dy, 4 * channels, channels, channels, 4, 4, &dm, plane)
    #expect(abs(dot(y, dy) - dot(m, dm)) < 1e-4 * abs(dot(m, dm)))

    var u = [Float](repeating: 0, count: 36 * plane)
    var dw = [Float](repeating: 0, count: 9 * channels)
    table.winogradWeight(w, 9, 9, 1, channels, 0, &u, plane)
    table.winogradWeightGradient(m, plane, channels, &dw)
    #expect(abs(dot(u, m) - dot(w, dw)) < 1e-4 * abs(dot(w, dw)))
  }

  /// Many rows at once go in blocks of 16 × 16 channels: to the bit what each row gives alone.
  @Test(arguments: levels, [false, true])
  func weightsOfManyChannelsAreTransformedAsAlone(_ level: String, _ flips: Bool) throws {
    let table = try #require(kernelTableNamed(level)).pointee
    let (rows, channels, width) = (37, 43, 48)
    let plane = rows * width
    var random = RandomStream(seed: 1, purpose: "winograd test", index: 2)
    let w = random.normals(9 * rows * channels)
    let (rowStride, stride) = flips ? (9 * channels, 9) : (9, 9 * rows)
    let flip: Int32 = flips ? 1 : 0
    var together = [Float](repeating: 0, count: 36 * plane)
    var alone = together
    table.winogradWeight(w, rowStride, stride, rows, channels, flip, &together, plane)
    for row in 0..<rows {
      w.withUnsafeBufferPointer { w in
        alone.withUnsafeMutableBufferPointer { u in
          guard let w = w.baseAddress, let u = u.baseAddress else { return }
          table.winogradWeight(
            w + row * rowStride, rowStride, stride, 1, channels, flip, u + row * width, plane)
        }
      }
    }
    #expect(together == alone)
    for (i, value) in together.enumerated() { #expect((value != 0) == (i % width < channels)) }
  }

  private func transformed(_ window: [Float], _ table: KernelTable) -> [Float] {
    let window = KernelNumbers(window)
    var v = [Float](repeating: 0, count: 36 * Self.plane)
    var argument = WinogradWindow(
      corner: window.pointer, rowStride: 6 * Self.channels, pixelStride: Self.channels,
      channels: Self.channels, top: 1, bottom: 6, left: 0, right: 5)
    table.winogradInput(&argument, &v, Self.plane)
    return v
  }

  private func output(
    _ m: [Float], bias: [Float]?, rows: Int, columns: Int, _ table: KernelTable
  ) -> [Float] {
    let (m, bias) = (KernelNumbers(m), bias.map { KernelNumbers($0) })
    let y = KernelNumbers<Float>(repeating: 99, count: 16 * Self.channels)
    var tile = WinogradOutput(
      m: m.pointer, plane: Self.plane, channels: Self.channels, bias: bias?.pointer,
      y: y.pointer, rowStride: 4 * Self.channels, pixelStride: Self.channels, rows: rows,
      columns: columns)
    table.winogradOutput(&tile)
    return y.values
  }

  private func dot(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
