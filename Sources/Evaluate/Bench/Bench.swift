import Foundation
import Support
import Tensors

/// A set of cases in the layout of COCOEE, the test bench of Paint by Example.
///
/// ```
/// GT_3500/NNNNNNNNNNNN_GT.png           the picture as it was
/// Mask_bbox_3500/NNNNNNNNNNNN_mask.png  white where it is to be repainted
/// Ref_3500/NNNNNNNNNNNN_ref.png         the object to put there
/// True_3500/NNNNNNNNNNNN_true.png       optional: the object that was there
/// RefMask_3500/NNNNNNNNNNNN_refmask.png optional: white on the reference's object
/// id_list.npy                           the numbers, in order
/// ```
///
/// Another count than 3500 may end the folders' names.
///
/// - Source: Fantasy-Studio/Paint-by-Example, `ldm/data/test_bench_dataset.py`.
public struct Bench: Sendable {
  public let folder: URL
  /// Every listed case, whether or not its files are there.
  public let cases: [BenchCase]

  /// - Throws: ``EvaluationError`` when the list or a folder is missing or malformed. Missing files
  ///   of single cases are not an error: see ``BenchCase/missingFiles``.
  public init(at folder: URL) throws {
    self.folder = folder
    func required(_ name: String) throws -> URL {
      guard let found = try Self.folder(named: name, in: folder) else {
        throw EvaluationError.missingFolder(bench: folder.relativePath, name: name)
      }
      return found
    }
    let truth = try required("GT")
    let mask = try required("Mask_bbox")
    let reference = try required("Ref")
    let original = try Self.folder(named: "True", in: folder)
    let referenceMask = try Self.folder(named: "RefMask", in: folder)
    let identifiers = try Self.identifiers(in: folder.appending(path: "id_list.npy"), truth)
    cases = identifiers.enumerated().map { position, id in
      BenchCase(
        identifier: id, position: position,
        groundTruth: truth.appending(path: "\(id)_GT.png"),
        mask: mask.appending(path: "\(id)_mask.png"),
        reference: reference.appending(path: "\(id)_ref.png"),
        trueReference: original?.appending(path: "\(id)_true.png"),
        referenceMask: referenceMask?.appending(path: "\(id)_refmask.png"))
    }
  }

  private static func identifiers(in list: URL, _ truth: URL) throws -> [String] {
    func isThere(_ name: String) -> Bool {
      FileSystem.exists(truth.appending(path: "\(name)_GT.png").relativePath)
    }
    var seen: Set<String> = []
    let read: NumPyList
    do {
      read = try NumPyList(contentsOf: list)
    } catch let error as FileError {
      throw EvaluationError.reading(list, error)
    }
    guard !read.entries.isEmpty else {
      throw NumPyError.unsupportedArray(
        file: list.relativePath, found: "an empty array", expected: "at least one case")
    }
    return try read.entries.enumerated().map { position, entry in
      guard entry.wholeMatch(of: /[0-9A-Za-z_-]{1,100}/) != nil, !entry.hasPrefix("-") else {
        throw EvaluationError.badIdentifier(
          file: list.relativePath, position: position, found: "'\(entry.prefix(40))'")
      }
      // A number is that of a picture in COCO, whose names have twelve digits; a string is a name.
      let padded = String(repeating: "0", count: max(0, 12 - entry.count)) + entry
      let isNumber = entry.allSatisfy(\.isNumber)
      let isName = read.areStrings && (isThere(entry) || !isThere(padded))
      let identifier = isNumber && !isName ? padded : entry
      guard seen.insert(identifier).inserted else {
        throw EvaluationError.repeatedIdentifier(
          file: list.relativePath, identifier: identifier)
      }
      return identifier
    }
  }

  private static func folder(named name: String, in bench: URL) throws -> URL? {
    let names: [String]
    do {
      names = try FileSystem.names(in: bench.relativePath)
    } catch {
      throw EvaluationError.reading(bench, error)
    }
    if names.contains("\(name)_3500") { return bench.appending(path: "\(name)_3500") }
    let found = names.filter { $0.hasPrefix("\(name)_") }.sorted()
    guard found.count <= 1 else {
      throw EvaluationError.ambiguousFolder(bench: bench.relativePath, name: name, found: found)
    }
    return found.first.map { bench.appending(path: $0) }
  }
}

/// One case of a bench: repaint the mask with the reference's object.
public struct BenchCase: Sendable, Equatable {
  /// Twelve digits, as in the files' names.
  public let identifier: String
  /// Place in `id_list.npy`, from 0.
  public let position: Int
  public let groundTruth: URL
  public let mask: URL
  public var reference: URL
  /// The crop of the object that the mask hides; nil when the bench has none.
  public let trueReference: URL?
  /// Where the reference's object is; nil when the bench doesn't say.
  public let referenceMask: URL?
  /// Whether the method that paints the case looks at that mask.
  public var readsReferenceMask = false
  /// What a method that reads texts is told; nil for the others.
  public var text: String?

  /// The files that the case needs and that are not there, by name.
  public var missingFiles: [String] {
    [groundTruth, mask, reference]
      .filter { !FileSystem.exists($0.relativePath) }
      .map { "\($0.deletingLastPathComponent().lastPathComponent)/\($0.lastPathComponent)" }
  }

  /// The same case with the object that was there as its reference.
  public func withTrueReference() -> BenchCase? {
    guard let trueReference else { return nil }
    var copy = self
    copy.reference = trueReference
    return copy
  }
}

extension Bench {
  /// Names the list of cases and its order.
  var listDigest: String { Fingerprint.combined(cases.map { ($0.identifier, "") }) }
}

extension BenchCase {
  /// Names what only some methods look at: the reference's mask and the text; nil where they get neither.
  func extrasDigest() throws -> String? {
    let mask = try readsReferenceMask ? referenceMask.map { try Fingerprint.file(at: $0) } : nil
    guard mask != nil || text != nil else { return nil }
    return Fingerprint.combined([
      ("reference mask", mask ?? "none"),
      ("text", text.map { SHA256.hexadecimal(of: $0.utf8) } ?? "none"),
    ])
  }

  /// Names the pictures that the case consists of.
  func inputsDigest() throws -> String {
    try Fingerprint.combined([
      ("ground truth", Fingerprint.file(at: groundTruth)), ("mask", Fingerprint.file(at: mask)),
      ("reference", Fingerprint.file(at: reference)),
    ])
  }
}
