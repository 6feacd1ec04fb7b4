import Evaluation
import Foundation
import Tensors
import TestSupport
import Testing

/// How a bench is found and read.
@Suite struct EvaluationBenchTests {
  let folder: TemporaryFolder
  let bench: URL

  init() throws {
    folder = try TemporaryFolder()
    bench = try EvaluationGolden.copyOfBench(in: folder)
  }

  @Test func namesTheFilesOfEachListedCaseInOrder() throws {
    let cases = try Bench(at: bench).cases
    #expect(cases.map(\.identifier) == EvaluationGolden.identifiers)
    #expect(cases.map(\.position) == [0, 1, 2, 3, 4])
    #expect(cases[2].groundTruth == bench.appending(path: "GT_3500/000001048575_GT.png"))
    #expect(cases[2].mask == bench.appending(path: "Mask_bbox_3500/000001048575_mask.png"))
    #expect(cases[2].reference == bench.appending(path: "Ref_3500/000001048575_ref.png"))
    #expect(cases.allSatisfy { $0.missingFiles.isEmpty && $0.trueReference == nil })
  }

  @Test(arguments: ["int64-v1", "int32-v2", "int64-v3", "unicode", "bytes"])
  func readsTheListAsNumPyStoresIt(_ name: String) throws {
    try replaceList(with: EvaluationGolden.list(name))
    #expect(try Bench(at: bench).cases.map(\.identifier) == EvaluationGolden.identifiers)
  }

  /// `numpy.array(["0001", …])`: names of files, not numbers of COCO's pictures.
  @Test func stringsAreNamesAsTheyAre() throws {
    let names = (1...5).map { "000\($0)" }
    for (old, new) in zip(EvaluationGolden.identifiers, names) {
      for (part, suffix) in [("GT", "GT"), ("Mask_bbox", "mask"), ("Ref", "ref")] {
        try move("\(part)_3500/\(old)_\(suffix).png", to: "\(part)_3500/\(new)_\(suffix).png")
      }
    }
    var header = "{'descr': '<U4', 'fortran_order': False, 'shape': (5,), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    let letters: [UInt8] = names.joined().utf8.flatMap { [$0, 0, 0, 0] as [UInt8] }
    let list = folder.file("names.npy")
    var bytes: [UInt8] = [0x93]
    bytes += Array("NUMPY".utf8)
    bytes += [1, 0, 118, 0]
    bytes += Array(header.utf8)
    bytes += letters
    try Data(bytes).write(to: list)
    try replaceList(with: list)
    let cases = try Bench(at: bench).cases
    #expect(cases.map(\.identifier) == names)
    #expect(cases.allSatisfy { $0.missingFiles.isEmpty })
  }

  @Test(arguments: [
    ("float", "an array of type '<f8', expected integers"),
    ("matrix", "an array of shape (5, 1), expected one dimension"),
    ("big-endian", "an array of type '>i8'"),
    ("objects", "an array of type '|O'"),
    ("negative", "entry 0 is '-7'"),
    ("repeated", "lists 000000000001 twice"),
    ("path", "entry 0 is '../../x'"),
  ])
  func refusesOtherLists(_ name: String, _ message: String) throws {
    try replaceList(with: EvaluationGolden.list(name))
    let error = #expect(throws: (any Error).self) { try Bench(at: bench) }
    #expect("\(try #require(error))".contains("bench/id_list.npy"))
    #expect("\(try #require(error))".contains(message))
  }

  @Test func refusesAListCutShortAnywhere() throws {
    let whole = [UInt8](try Data(contentsOf: EvaluationGolden.list("int64-v1")))
    for count in 0..<whole.count {
      #expect(throws: NumPyError.self) {
        try NumPyList(bytes: Array(whole[..<count]), file: "x")
      }
    }
    #expect(throws: NumPyError.wrongLength(file: "x", expected: 168, found: 169)) {
      try NumPyList(bytes: whole + [0], file: "x")
    }
  }

  @Test func refusesAnEmptyList() throws {
    let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (0,), }\n"
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
    let list = folder.file("empty.npy")
    try Data(bytes + Array(header.utf8)).write(to: list)
    try replaceList(with: list)
    let error = #expect(throws: (any Error).self) { try Bench(at: bench) }
    #expect("\(try #require(error))".contains("found an empty array, expected at least one case"))
  }

  @Test func refusesACountThatOverflows() throws {
    let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (4611686018427387904,), }\n"
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
    #expect(throws: NumPyError.self) {
      try NumPyList(bytes: bytes + Array(header.utf8), file: "x")
    }
  }

  /// NumPy itself reads no header above 10,000 characters; one of 60 MB took ten seconds.
  @Test func refusesAHeaderThatNoListNeeds() throws {
    let shape = String(repeating: "1, ", count: 4_000)
    let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (\(shape)), }\n"
    let length = withUnsafeBytes(of: UInt32(header.utf8.count).littleEndian) { Array($0) }
    let bytes = [0x93] + Array("NUMPY".utf8) + [2, 0] + length + Array(header.utf8)
    let error = #expect(throws: NumPyError.self) { try NumPyList(bytes: bytes, file: "x") }
    #expect("\(error as Any)".contains("no list needs over 10000"))
  }

  @Test func acceptsFoldersOfAnotherCount() throws {
    for name in ["GT", "Mask_bbox", "Ref"] { try move("\(name)_3500", to: "\(name)_5") }
    #expect(try Bench(at: bench).cases.allSatisfy(\.missingFiles.isEmpty))
  }

  @Test func prefersTheOfficialFolderNames() throws {
    try FileManager.default.createDirectory(
      at: bench.appending(path: "GT_1"), withIntermediateDirectories: true)
    #expect(try Bench(at: bench).cases[0].missingFiles.isEmpty)
    try move("GT_3500", to: "GT_5")
    #expect(
      throws: EvaluationError.ambiguousFolder(
        bench: bench.path, name: "GT", found: ["GT_1", "GT_5"])
    ) { try Bench(at: bench) }
  }

  @Test func offersTheObjectsThatWereThereWhereItHasThem() throws {
    try FileManager.default.createDirectory(
      at: bench.appending(path: "True_5"), withIntermediateDirectories: true)
    let changed = try #require(try Bench(at: bench).cases[0].withTrueReference())
    #expect(changed.reference == bench.appending(path: "True_5/000000000007_true.png"))
    #expect(changed.missingFiles == ["True_5/000000000007_true.png"])
  }

  @Test func saysWhatIsMissing() throws {
    try FileManager.default.removeItem(
      at: bench.appending(path: "Ref_3500/000000000005_ref.png"))
    #expect(try Bench(at: bench).cases[3].missingFiles == ["Ref_3500/000000000005_ref.png"])
    try FileManager.default.removeItem(at: bench.appending(path: "Ref_3500"))
    #expect(throws: EvaluationError.missingFolder(bench: bench.path, name: "Ref")) {
      try Bench(at: bench)
    }
  }

  private func replaceList(with file: URL) throws {
    let list = bench.appending(path: "id_list.npy")
    try FileManager.default.removeItem(at: list)
    try FileManager.default.copyItem(at: file, to: list)
  }

  private func move(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(
      at: bench.appending(path: name), to: bench.appending(path: other))
  }
}
