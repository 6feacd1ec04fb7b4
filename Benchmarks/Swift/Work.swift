import ArgumentParser
import Tensors

/// Something to be timed, with all that it needs in memory.
protocol Work {
  /// The names of what it can do; the first is done when none is asked for.
  var cases: [String] { get }

  /// Does it once.
  ///
  /// - Returns: what makes the outputs by name, laid out as PyTorch has them; not timed.
  mutating func run(_ name: String) throws -> () throws -> [String: Tensor]
}

extension Work {
  var cases: [String] { ["default"] }
}

enum WorkName: String, CaseIterable, ExpressibleByArgument {
  case unet
  case vaeDecode = "vae-decode"
  case vaeEncode = "vae-encode"
  case imageEncoder = "image-encoder"
  case training
  case adamW = "adamw"
  case picture
  case triplets
  case index

  func load(_ options: WorkOptions) throws -> any Work {
    switch self {
    case .unet: try UNetWork(options)
    case .vaeDecode: try AutoencoderWork(options, decodes: true)
    case .vaeEncode: try AutoencoderWork(options, decodes: false)
    case .imageEncoder: try ImageEncoderWork(options)
    case .training: try TrainingWork(options)
    case .adamW: try AdamWWork(options)
    case .picture: try PictureWork(options)
    case .triplets: try TripletWork(options)
    case .index: try IndexWork(options)
    }
  }
}

/// What works are made of; each takes what it needs.
struct WorkOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A model folder.", valueName: "DIR"))
  var model: String?

  @Option(help: ArgumentHelp("A safetensors file of the inputs by name.", valueName: "FILE"))
  var inputs: String?

  @Option(help: ArgumentHelp("A picture to edit.", valueName: "FILE"))
  var image: String?

  @Option(help: ArgumentHelp("Its mask.", valueName: "FILE"))
  var mask: String?

  @Option(help: ArgumentHelp("A reference picture.", valueName: "FILE"))
  var reference: String?

  @Option(help: ArgumentHelp("What the work writes.", valueName: "FILE"))
  var output: String?

  @Option(help: ArgumentHelp("Pictures with boxes.", valueName: "PATH"))
  var dataset: String?

  @Option(help: "Sampling steps of a picture.")
  var steps = 50

  @Option(
    help: ArgumentHelp(
      "Paint in few steps (lcm, without guidance) and decode by this tiny decoder.",
      valueName: "DIR"))
  var tinyDecoder: String?

  @Option(help: "Tensors that the optimiser changes, each as large as the inputs'.")
  var copies = 1

  @Option(help: "What the factors of products are rounded to; bf16-mixed is for training.")
  var precision = WorkPrecision.fp32

  @Flag(help: "Save memory by computing the inside of every block twice.")
  var recompute = false

  func required(_ option: KeyPath<WorkOptions, String?>, _ name: String) throws -> String {
    guard let value = self[keyPath: option] else { throw WorkError.missingOption(name) }
    return value
  }

  func readInputs() throws -> WorkInputs {
    WorkInputs(file: try Safetensors(required(\.inputs, "--inputs")))
  }
}

/// The tensors that a work is given.
struct WorkInputs {
  let file: Safetensors

  /// In memory of its own, so that no page of the file is read while the work is timed.
  ///
  /// - Parameter shape: nil where any size will do.
  func tensor(_ name: String, _ shape: [Int?]) throws -> Tensor {
    let tensor = try file.tensor(name)
    let fits =
      tensor.rank == shape.count
      && zip(tensor.shape, shape).allSatisfy { $1 == nil || $0 == $1 }
    guard fits else {
      let expected = shape.map { $0.map { "\($0)" } ?? "any" }.joined(separator: ", ")
      throw WorkError.shape(file.path, name, found: tensor.shape, expected: "[\(expected)]")
    }
    return tensor.copied()
  }

  func timesteps(count: Int) throws -> [Int] {
    let given = try tensor("timestep", [nil]).values.map { Int($0) }
    guard given.count == 1 || given.count == count else {
      throw WorkError.shape(
        file.path, "timestep", found: [given.count], expected: "[1] or [\(count)]")
    }
    return given.count == count ? given : Array(repeating: given[0], count: count)
  }
}

enum WorkError: Error, CustomStringConvertible {
  case missingOption(_ name: String)
  case command(_ line: String)
  case unknownCase(_ name: String, cases: [String])
  case shape(_ file: String, _ name: String, found: [Int], expected: String)

  var description: String {
    switch self {
    case .missingOption(let name): "this work needs \(name)"
    case .command(let line):
      "'\(line)' is no command; expected run [CASE], result FILE [CASE] or quit"
    case .unknownCase(let name, let cases):
      "this work has no case '\(name)'; it has \(cases.joined(separator: ", "))"
    case .shape(let file, let name, let found, let expected):
      "\(file): `\(name)` has the shape \(found), expected \(expected)"
    }
  }
}

extension Tensor {
  /// `[N, C, H, W]` → `[N, H, W, C]`.
  var channelsLast: Tensor { transposed([0, 2, 3, 1]) }

  /// `[N, H, W, C]` → `[N, C, H, W]`.
  var channelsFirst: Tensor { transposed([0, 3, 1, 2]) }
}

/// What factors are rounded to, of networks that are called and of one that is trained.
enum WorkPrecision: String, CaseIterable, ExpressibleByArgument {
  case fp32, bf16, bf16x3
  /// In training: `lightning.trainer.precision`.
  case mixed = "bf16-mixed"

  var products: ProductPrecision { ProductPrecision(rawValue: rawValue) ?? .fp32 }
}
