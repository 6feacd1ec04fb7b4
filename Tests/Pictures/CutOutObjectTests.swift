import Pictures
import Testing

/// The object that a mask marks, alone.
@Suite struct CutOutObjectTests {
  @Test func whatTheMaskDoesNotMarkIsGroundAndWhatIsBeyondItsBoundsIsGone() throws {
    var picture = Image(width: 7, height: 5, fill: (10, 20, 30))
    picture.draw(Image(width: 2, height: 2, fill: (200, 0, 0)), x: 3, y: 1)
    var mask = GrayImage(width: 7, height: 5, fill: 0)
    // A bent object: (3, 1), (4, 1), (4, 2); 128 is inside, 127 is not.
    for (x, y, level) in [(3, 1, 128), (4, 1, 255), (4, 2, 200), (3, 2, 127)] {
      mask.pixels[y * 7 + x] = UInt8(level)
    }
    let object = try #require(picture.object(in: mask))
    #expect((object.width, object.height) == (2, 2))
    #expect(
      object.pixels == [200, 0, 0, 200, 0, 0, 123, 117, 104, 200, 0, 0],
      "what is outside has CLIP's mean colour")
  }

  @Test func aMaskThatMarksNothingHasNoObject() {
    let picture = Image(width: 3, height: 3)
    #expect(picture.object(in: GrayImage(width: 3, height: 3, fill: 127)) == nil)
    #expect(picture.object(in: GrayImage(width: 3, height: 3, fill: 255)) == picture)
  }
}
