// swift-tools-version: 6.2
import PackageDescription

// What others build on Paint by Example: nothing here reaches into the library.
let package = Package(
  name: "client",
  dependencies: [.package(name: "paint-by-example", path: "../..")],
  targets: [
    .executableTarget(
      name: "Client",
      dependencies: [.product(name: "PaintByExample", package: "paint-by-example")],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
