/// What turns stored pixels into the picture as displayed: an exchange of x and y, then mirroring.
package struct Orientation: Sendable, Equatable {
  package let swapsAxes: Bool
  package let mirrorsX: Bool
  package let mirrorsY: Bool

  /// - Parameter exif: EXIF's number, 1…8; others count as 1, upright.
  /// - Source: Exif 2.32, tag 274.
  package init(exif: Int) {
    swapsAxes = 5...8 ~= exif
    mirrorsX = [2, 3, 6, 7].contains(exif)
    mirrorsY = [3, 4, 7, 8].contains(exif)
  }
}
