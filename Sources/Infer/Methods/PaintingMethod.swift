import Models
import Pictures
import Support
import Tensors

/// Who paints the hole in a picture: a fill without a network, a harmoniser, a text-to-image model.
///
/// `pbe-sample` edits pictures with it, `pbe-eval` paints benches. One type, and one line in
/// ``MethodDefinition/standard``, is a method of both.
public protocol PaintingMethod: Sendable {
  /// At which sizes it paints.
  var canvas: MethodCanvas { get }

  /// What it does and what it was told, complete enough that equal records make equal pictures.
  func record(_ settings: EditSettings) -> MethodRecord

  /// What of its files had no place in it, a sentence each.
  var notes: [String] { get }

  /// Steps that a picture takes, each of which reports to `progress`.
  func steps(_ settings: EditSettings) -> Int

  /// The picture with its hole painted.
  ///
  /// - Parameters:
  ///   - task: what to paint; the pictures have a size of ``canvas``, and what the method's definition
  ///     says it needs is there.
  ///   - settings: how; their seed is the only source of randomness. Crop and pasting play no part.
  ///   - progress: called after each step; what it throws ends the work.
  /// - Returns: a picture of the task's size. What is outside the mask need not be the source's.
  func paint(
    _ task: PaintingTask, _ settings: EditSettings, progress: () throws -> Void
  ) throws -> Painting
}

extension PaintingMethod {
  public var notes: [String] { [] }
  public func steps(_ settings: EditSettings) -> Int { 1 }
}

/// The sizes that a method paints at.
public enum MethodCanvas: Sendable, Equatable {
  /// Any. Every pixel outside the mask stays as it is.
  case picture
  /// Those of a model's networks.
  case model(ModelCanvas)
}

/// The sizes of a latent model.
public struct ModelCanvas: Sendable, Equatable {
  /// About as many pixels a side as the model was made for.
  public let side: Int
  /// Sides must be multiples of this.
  public let multiple: Int
  /// Pixels a side for each position of a latent.
  public let downsampling: Int
  public let latentChannels: Int

  public init(side: Int, multiple: Int, downsampling: Int, latentChannels: Int) {
    self.side = side
    self.multiple = multiple
    self.downsampling = downsampling
    self.latentChannels = latentChannels
  }

  public init(_ model: PaintByExampleModel) {
    self.init(
      side: model.pictureSize, multiple: model.sizeMultiple, downsampling: model.downsampling,
      latentChannels: model.autoencoder.network.configuration.latentChannels)
  }
}

/// A picture with a hole, and what is to be in it.
public struct PaintingTask: Sendable {
  public var source: Image
  /// At least 128 is painted; of the source's size.
  public var mask: GrayImage
  /// Of any size.
  public var reference: Image?
  /// At least 128 on the object; of the reference's size.
  public var referenceMask: GrayImage?
  /// All references as a network is to see them, the object alone where a mask was given; empty for the one
  /// reference as it is.
  public var views: [Image] = []
  public var text: String?

  public init(
    source: Image, mask: GrayImage, reference: Image? = nil, referenceMask: GrayImage? = nil,
    text: String? = nil
  ) {
    self.source = source
    self.mask = mask
    self.reference = reference
    self.referenceMask = referenceMask
    self.text = text
  }
}
