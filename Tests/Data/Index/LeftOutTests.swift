import Datasets
import TestSupport
import Testing

/// The official dataset class leaves out seven of OpenImages' pictures, by their files' names.
@Suite struct LeftOutTests {
  private func dataset(_ folder: TemporaryFolder) throws -> Dataset {
    let names = ["train_1/1af17f3d912e9aac.jpg", "other.jpg", "3095084b358d3f2d.png", "last.jpg"]
    let lines = names.map { #"{"image": "\#($0)", "boxes": [[1, 2, 30, 40]]}"# + "\n" }
    let manifest = try folder.write(lines.joined().utf8, "pictures.jsonl")
    return try Dataset.open(path: manifest, split: .train)
  }

  @Test func officiallySevenPicturesAreLeftOut() throws {
    #expect(Variant.official.leftOut.count == 7)
    let folder = try TemporaryFolder()
    let left = try dataset(folder).leavingOut(Variant.official.leftOut)
    #expect(
      left.map { String($0.image.split(separator: "/").last ?? "") } == ["other.jpg", "last.jpg"])
    #expect(left[1].origin.hasSuffix("line 4"))
    #expect(left.tally.pictures.dropped == [.leftOutOfficially: 2])
    #expect(left.tally.pictures.kept == 2)
  }

  @Test func thePaperNamesNone() throws {
    let folder = try TemporaryFolder()
    #expect(try dataset(folder).leavingOut(Variant.paper.leftOut).count == 4)
  }
}
