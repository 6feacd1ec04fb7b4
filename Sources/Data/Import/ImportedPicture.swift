import Pictures

/// A picture as another layout describes it, not yet compared with its file.
struct ImportedPicture {
  /// The picture's file.
  var image: String
  /// What the layout says that it measures.
  var size: PictureSize?
  var objects: [ImportedObject] = []
  /// A file: where to repaint.
  var mask: String?
  var references: [ExemplarFiles] = []

  init(_ image: String) { self.image = image }
}

/// An object on it.
struct ImportedObject {
  /// Nil for the bounds of its outline.
  var box: Box?
  var notation = BoxNotation.pixels
  var label: String?
  var outline: Outline?
  /// What messages call it.
  var name: String
}

/// Which pixels an object has.
package enum Outline {
  /// Closed polygons; in pixels, or in fractions of the sides where the box is.
  case polygons([[SIMD2<Double>]])
  /// Of the picture's size.
  case runs(RunLengths)
  /// Of its box, at any size.
  case window(GrayImage)
  /// A mask's file, of the picture's size.
  case file(String)
  /// It could not be read, for this reason.
  case damaged(String)
}
