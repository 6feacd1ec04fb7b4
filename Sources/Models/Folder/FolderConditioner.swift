import Autograd

/// A condition that a model folder can hold.
///
/// One type, and one line in ``ModelFolder/conditioners``, makes models with it readable.
protocol FolderConditioner: Conditioner {
  associatedtype Network: ModelComponent

  var component: Component<Network> { get }

  /// - Parameter component: its weights are read later.
  /// - Throws: what is wrong with the folder's other files.
  init(_ component: Component<Network>, in folder: ModelFolder) throws
}

extension FolderConditioner {
  static var component: ComponentName { Network.name }
}

extension ImageConditioner: FolderConditioner {
  init(_ component: Component<ImageEncoder>, in folder: ModelFolder) throws {
    let size = component.network.configuration.imageSize
    self.init(component, preprocessing: try folder.preprocessing(imageSize: size))
  }
}
