import Foundation
import Testing

/// Dependencies run one way: between modules, as Package.swift has them, and between the folders inside
/// one, as the table here has them.
///
/// An edge is a name that one folder declares at the top level and another one uses. Names are found by
/// reading the sources, so a name that two folders declare, or that a type nests, counts for neither.
@Suite struct RoomTests {
  /// The folders of each module: one uses those before it, never one after it. Folders joined by `&` are
  /// neighbours that do not know each other.
  private static let rooms: [String: [String]] = [
    "Support": [".", "Files", "Text", "JSON", "Parallel", "Ranks", "Pages"],
    "Tensor": ["Core", "Random", "Operations", "Tiles", "Formats", "Statistics", "Rankings"],
    "Autograd": ["Engine", "Deferred", "Ops", "Layers", "Optimizer"],
    "Pictures": ["Core", "Resizing", "Files", "Drawing", "Blending", "Comparison", "Tensors"],
    "Data": ["Index", "Warping", "Synthesis/Augmentations", "Synthesis", "Loader", "Import"],
    "Scenes": ["."],
    "Models": [
      "Configuration", "Diffusion", "Text", "Networks/CLIP",
      "Networks/UNet & Networks/VAE & Networks/ImageEncoder & Networks/TextEncoder & Networks/Harmonisation",
      "WeightNames", "Components", "Conditioning", ".", "Adapters", "Folder", "Evaluators",
    ],
    "Infer": ["Sampling", "Editing", "Methods"],
    "Train": ["Configuration", "Replica & Logs", "Setup", "Objectives", "Run"],
    "Evaluate": [
      "Files", "Encoders", "References", "Metrics", "Bench", "Store", "Shards", "Run",
      "Report", "Comparison", "Sweep", "Study", "Study/Making", "Study/Analysis",
    ],
    "PaintByExample": ["."],
    "CommandLine": ["."],
  ]

  @Test(arguments: rooms.keys.sorted()) func foldersUseOnlyThoseBeforeThem(_ module: String) throws
  {
    let house = try House(module: module)
    let order = Self.rooms[module] ?? []
    let places = Dictionary(
      uniqueKeysWithValues: order.enumerated().flatMap { place, names in
        names.components(separatedBy: " & ").map { ($0, place) }
      })
    let strangers = Set(house.files.map(\.folder)).subtracting(places.keys)
    #expect(strangers.isEmpty, "not in the table of rooms: \(strangers.sorted())")
    let wrong = house.edges.filter { edge in
      guard let from = places[edge.from], let to = places[edge.to] else { return false }
      return from <= to
    }
    #expect(wrong.isEmpty, "\(wrong.map(\.description).sorted().joined(separator: "\n"))")
  }

  /// A command parses arguments, calls the library and prints; nothing else does.
  @Test func onlyCommandsPrint() throws {
    let calls: Set = ["print", "debugPrint", "writeStandardError"]
    let names: Set = ["ArgumentParser", "ProgressBar", "SIGINT", "STDERR_FILENO"]
    for module in Self.rooms.keys where module != "CommandLine" {
      for file in try House(module: module).files {
        let place = "\(module)/\(file.folder)/\(file.name)"
        let found = file.words.filter {
          names.contains($0.text) || (calls.contains($0.text) && $0.isCall)
        }
        #expect(found.isEmpty, "\(place): \(found.map(\.text))")
        #expect(!file.code.contains("FileHandle.standard"), "\(place)")
      }
    }
  }
}

/// The sources of one module.
private struct House {
  struct File {
    let name: String
    /// Below the module's own; `.` for that.
    let folder: String
    /// Without comments and without what strings say.
    let code: String

    /// The words that are no member's name.
    var words: [(text: String, isCall: Bool)] {
      code.matches(of: /(^|[^\w.])([A-Za-z_]\w*)/).map { match in
        (text: String(match.output.2), isCall: code[match.range.upperBound...].first == "(")
      }
    }
  }

  struct Edge: CustomStringConvertible {
    let from: String
    let to: String
    let file: String
    let name: String
    var description: String { "\(from)/\(file) uses \(name), which is in \(to)" }
  }

  let files: [File]

  init(module: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/\(module)")
    let paths = FileManager.default.subpaths(atPath: root.path) ?? []
    files = try paths.filter { $0.hasSuffix(".swift") }.map { path in
      let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
      let parts = path.split(separator: "/")
      let folder = parts.dropLast().joined(separator: "/")
      return File(
        name: String(parts.last ?? ""), folder: folder.isEmpty ? "." : folder,
        code: Self.code(of: text))
    }
    #expect(!files.isEmpty, "\(root.path) has no sources")
  }

  private static func code(of text: String) -> String {
    text.replacing(/"""(?s:.)*?"""/, with: "")
      .replacing(/"(?:\\.|[^"\\\n])*"/) { literal in
        // What is interpolated is code.
        literal.output.matches(of: /\\\(([^)]*)/).map { String($0.output.1) }.joined(separator: " ")
      }
      .replacing(/\/\/[^\n]*/, with: "")
  }

  /// Uses of names across folders.
  var edges: [Edge] {
    let homes = homes
    return files.flatMap { file -> [Edge] in
      // A function is used where it is called; its name elsewhere is a variable's.
      let names = file.words.filter { $0.text.first?.isUppercase == true || $0.isCall }
      return Set(names.map(\.text)).compactMap { name -> Edge? in
        guard let home = homes[name], home != file.folder else { return nil }
        return Edge(from: file.folder, to: home, file: file.name, name: name)
      }
    }
  }

  /// The folder of each name that one folder alone declares at the top level for others.
  private var homes: [String: String] {
    let declaration =
      /(?m)^(?:@\w+(?:\([^)]*\))?\s+)*((?:\w+\s+)*)(?:struct|class|enum|protocol|actor|typealias|func)\s+(\w+)/
    var found: [String: Set<String>] = [:]
    for file in files {
      for match in file.code.matches(of: declaration) where !match.output.1.contains("private") {
        found[String(match.output.2), default: []].insert(file.folder)
      }
    }
    return found.compactMapValues { $0.count == 1 ? $0.first : nil }
  }
}
