// swift-tools-version: 6.2
import PackageDescription

// The page and its server: a package of its own, so that nobody who only trains or edits builds a web server.
let package = Package(
  name: "serve",
  dependencies: [
    .package(name: "paint-by-example", path: ".."),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
  ],
  targets: [
    .target(
      name: "Serving",
      dependencies: [
        .product(name: "PaintByExample", package: "paint-by-example"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
      ],
      path: "Sources/Server",
      resources: ["index.html"].map { .embedInCode("Page/\($0)") }),
    .executableTarget(
      name: "pbe-serve",
      dependencies: [
        "Serving",
        .product(name: "PaintByExample", package: "paint-by-example"),
        .product(name: "Commands", package: "paint-by-example"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
