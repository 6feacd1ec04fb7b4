// swift-tools-version: 6.2
import PackageDescription

// Dependencies run one way only, from top to bottom of this list; see docs/decisions.md.
let package = Package(
  name: "paint-by-example",
  products: [
    .library(name: "PaintByExample", targets: ["Models", "Datasets", "Training", "Inference"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", path: "Sources/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CImage", path: "Sources/CImage",
      linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
    .target(
      name: "Kernels", path: "Sources/Kernels",
      // Included by dispatch.c and tiles.c once for each instruction set.
      exclude: ["families", "tiles"],
      linkerSettings: [.linkedLibrary("m")]),

    .target(
      name: "Console",
      dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Sources/Console"),
    .target(name: "Tensors", dependencies: ["Kernels", "COpenBLAS"], path: "Sources/Tensor"),
    .target(name: "Autograd", dependencies: ["Tensors"], path: "Sources/Autograd"),
    .target(name: "Models", dependencies: ["Autograd"], path: "Sources/Models"),
    .target(
      name: "Datasets", dependencies: ["Tensors", "CImage", "Console"], path: "Sources/Data"),
    .target(
      name: "Inference", dependencies: ["Models", "Datasets", "Console"], path: "Sources/Infer"),
    .target(
      name: "Training", dependencies: ["Models", "Datasets", "Inference", "Console", "Yams"],
      path: "Sources/Train"),

    .command("pbe-train", ["Training"]),
    .command("pbe-sample", ["Tensors", "Models", "Datasets", "Inference"]),
    .command("pbe-eval", ["Tensors", "Models", "Inference"]),
    .command("pbe-data", ["Datasets", "Training"]),
    .command("pbe-convert", ["Tensors", "Autograd", "Models", "Inference"]),

    .target(name: "Probes", path: "Benchmarks/Probes"),
    .command(
      "pbe-bench",
      ["Tensors", "Autograd", "Models", "Datasets", "Training", "Inference", "Probes"],
      path: "Benchmarks/Swift"),

    .target(
      name: "TestSupport", dependencies: ["Tensors", "Models", "Datasets"], path: "Tests/Support"),
    .tests("Console", of: "Console"),
    .tests("Tensor", of: "Tensors"),
    .tests("Autograd", of: "Autograd"),
    .tests("Models", of: "Models"),
    .tests("Data", of: "Datasets"),
    .tests("Infer", of: "Inference"),
    .tests("Train", of: "Training"),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "TestSupport", "Tensors", "Models", "Datasets", "Inference", "pbe-train", "pbe-sample",
        "pbe-eval", "pbe-data", "pbe-convert", "pbe-bench",
      ],
      path: "Tests/Commands"),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)

extension Target {
  /// A command-line program: parses arguments, calls a library, prints.
  static func command(_ name: String, _ libraries: [String], path: String? = nil) -> Target {
    .executableTarget(
      name: name,
      dependencies: libraries.map { .byName(name: $0) } + [
        "Console", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: path ?? "Sources/\(name)")
  }

  static func tests(_ folder: String, of target: String) -> Target {
    .testTarget(
      name: "\(target)Tests", dependencies: [.byName(name: target), "TestSupport"],
      path: "Tests/\(folder)")
  }
}
