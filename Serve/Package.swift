// swift-tools-version: 6.2
import PackageDescription

/// The page's files; `PageRoutes` says at which addresses.
let page = [
  "index.html", "actions.js", "api.js", "batch.js", "camera.js", "compare.js", "crosshair.js",
  "elements.js", "files.js", "gestures.js", "help.js", "history.js", "icon.svg", "icons.svg",
  "keyboard.js", "main.js", "manifest.js", "marks.js", "mask.js", "models.js", "panel.css",
  "pictures.js", "png.js", "presets.js", "progress.js", "queue.js", "region.js", "results.css",
  "results.js", "say.js", "settings.js", "sizes.js", "source.js", "stage.css", "stage.js",
  "state.js", "store.js", "style.css", "theme.js", "tools.js", "undo.js", "zip.js",
]

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
      resources: page.map { .embedInCode("Page/\($0)") }
        + [.embedInCode("Interface/openapi.json")]),
    .executableTarget(
      name: "pbe-serve",
      dependencies: [
        "Serving",
        .product(name: "PaintByExample", package: "paint-by-example"),
        .product(name: "Commands", package: "paint-by-example"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "ServingTests",
      dependencies: [
        "Serving", "pbe-serve", .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
