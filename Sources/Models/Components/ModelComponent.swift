import Autograd
import Foundation
import Support

/// A network that model folders and original checkpoints hold.
///
/// One type, and one line in `ModelFolder.components`, is a component that is found, read, checked,
/// copied and reported.
public protocol ModelComponent: Sendable {
  associatedtype Configuration: ComponentConfiguration

  static var name: ComponentName { get }
  var configuration: Configuration { get }
  init(_ scope: ParameterScope, _ configuration: Configuration)
}

/// The sizes of a network, as its `config.json` has them.
public protocol ComponentConfiguration: Equatable, Sendable {
  /// - Parameters:
  ///   - members: of the file's JSON object.
  ///   - file: for messages.
  /// - Throws: every wrong type and every option that changes the mathematics and is not built here.
  init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError)
  var json: [String: JSONValue] { get }
  /// What makes the sizes impossible.
  var problems: [String] { get }

  /// What the names of its weights begin with in an original checkpoint.
  static var originalPrefixes: [String] { get }
  /// Its modules' names there.
  var originalNames: [ModuleName] { get }
  /// The sizes that an original checkpoint's shapes tell.
  static func inferred(from sizes: InferredSizes) -> Self

  /// How other versions of diffusers and transformers name its modules in a folder.
  var otherNames: [NameMap] { get }
  /// What a name in its folder means that is to be passed over.
  static func skipped(_ name: String) -> SkippedWeights?
}

extension ComponentConfiguration {
  public init(contentsOf file: URL) throws(ModelConfigurationError) {
    try self.init(ConfigurationReader.members(of: file), file: file.relativePath)
  }

  public var otherNames: [NameMap] { [] }
  public static func skipped(_ name: String) -> SkippedWeights? { nil }
}

extension Component where Network: ModelComponent {
  public init(_ configuration: Network.Configuration, seed: UInt64 = 0) {
    self.init(seed: seed) { Network($0, configuration) }
  }
}
