// swift-tools-version: 6.2
import PackageDescription

/// The modules that make the library, each of which uses only some of those before it.
let library: [Target.Dependency] = [
  "Support", "Tensors", "Autograd", "Pictures", "Datasets", "Scenes", "Models", "Inference",
  "Training", "Evaluation",
]

// Dependencies run one way only, from top to bottom of this list; see docs/decisions.md.
let package = Package(
  name: "paint-by-example",
  products: [
    .library(name: "PaintByExample", targets: ["PaintByExample"]),
    // For commands in packages of their own.
    .library(name: "Commands", targets: ["Commands"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", path: "Sources/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CImage", path: "Sources/CImage",
      linkerSettings: ["png", "z", "jpeg", "webp", "webpdemux", "tiff", "lcms2"].map {
        .linkedLibrary($0)
      }),
    .target(
      name: "Kernels", path: "Sources/Kernels",
      // Included by dispatch.c and tiles.c once for each instruction set.
      exclude: ["families", "tiles"],
      linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CThreads", path: "Sources/CThreads"),
    .target(name: "CRanks", path: "Sources/CRanks"),

    .module("Support", "Support", ["CThreads", "CRanks"]),
    .module("Tensors", "Tensor", ["Support", "Kernels", "COpenBLAS"]),
    .module("Autograd", "Autograd", ["Support", "Tensors"]),
    .module("Pictures", "Pictures", ["Support", "Tensors", "CImage"]),
    .module("Datasets", "Data", ["Support", "Tensors", "Pictures", "CImage"]),
    .module("Scenes", "Scenes", ["Support", "Tensors", "Pictures", "Datasets"]),
    .module("Models", "Models", ["Support", "Tensors", "Autograd", "Pictures", "CImage"]),
    .module(
      "Inference", "Infer", ["Support", "Tensors", "Autograd", "Pictures", "Models"]),
    .module(
      "Training", "Train",
      ["Support", "Tensors", "Autograd", "Pictures", "Datasets", "Models", "Inference", "Yams"]),
    .module(
      "Evaluation", "Evaluate",
      ["Support", "Tensors", "Autograd", "Pictures", "Models", "Inference"],
      // What a study's page consists of.
      resources: ["html", "css"].map { .embedInCode("Study/Page/page.\($0)") }
        + ["random", "plan", "store", "ranking", "drag", "views", "study"].map {
          .embedInCode("Study/Page/\($0).js")
        }),
    // All of the above under one name, for those who build on it.
    .module("PaintByExample", "PaintByExample", library),
    .module(
      "Commands", "CommandLine", ["Support", "Tensors", "Models", "Inference", .argumentParser]),

    .command("pbe-train", ["Support", "Training"]),
    .command("pbe-sample", ["Support", "Tensors", "Pictures", "Models", "Inference"]),
    .command(
      "pbe-eval", ["Support", "Tensors", "Pictures", "Models", "Inference", "Evaluation"]),
    .command("pbe-data", ["Support", "Tensors", "Datasets", "Scenes", "Models", "Training"]),
    .command(
      "pbe-convert", ["Support", "Tensors", "Autograd", "Models", "Inference", "Evaluation"]),

    .target(name: "Probes", path: "Benchmarks/Probes"),
    .command("pbe-bench", library + ["Kernels", "Probes"], path: "Benchmarks/Swift"),

    .target(name: "TestSupport", dependencies: library, path: "Tests/TestSupport"),
    .tests("Support"), .tests("Tensor"), .tests("Autograd"), .tests("Pictures"), .tests("Data"),
    .tests("Scenes"),
    .tests("Models"), .tests("Infer"), .tests("Train"), .tests("Evaluate"), .tests("Rooms"),
    // What reads files from outside, one by one.
    .target(name: "Readers", dependencies: library, path: "Tests/Torture/Readers"),
    .testTarget(
      name: "TortureTests", dependencies: ["Readers", "Tensors"], path: "Tests/Torture/Examples"),
    .tests("CommandLine", of: ["Commands", .argumentParser]),
    .tests(
      "Commands",
      of: ["pbe-train", "pbe-sample", "pbe-eval", "pbe-data", "pbe-convert", "pbe-bench"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)

// Linked with libFuzzer: only Tests/Torture/fuzz.py builds this, with the compiler's flags for it.
if Context.environment["PBE_FUZZER"] != nil {
  package.targets.append(
    .executableTarget(
      name: "pbe-fuzz", dependencies: ["Readers"], path: "Tests/Torture/Fuzz"))
}

extension Target.Dependency {
  static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
}

extension Target {
  /// A room of the house: a module and its folder in Sources.
  static func module(
    _ name: String, _ folder: String, _ dependencies: [Dependency], resources: [Resource]? = nil
  ) -> Target {
    .target(
      name: name, dependencies: dependencies, path: "Sources/\(folder)", resources: resources)
  }

  /// A command-line program: parses arguments, calls a library, prints.
  static func command(_ name: String, _ libraries: [Dependency], path: String? = nil) -> Target {
    .executableTarget(
      name: name, dependencies: libraries + ["Commands", .argumentParser],
      path: path ?? "Sources/\(name)")
  }

  /// The tests in one folder of Tests, which may use the whole library.
  static func tests(_ folder: String, of others: [Dependency] = []) -> Target {
    .testTarget(
      name: "\(folder)Tests",
      dependencies: library + ["Kernels", "CThreads", "TestSupport"] + others,
      path: "Tests/\(folder)")
  }
}
