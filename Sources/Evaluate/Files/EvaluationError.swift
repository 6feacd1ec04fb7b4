import Foundation
import Support

/// What is wrong with a bench, a folder of results or a request to evaluate them.
///
/// Paths are as the user gave them.
public enum EvaluationError: Error, Equatable, Sendable {
  case missingInput(path: String)
  case unreadable(file: String, reason: String)
  case unreadableSettings(file: String)
  case badIdentifier(file: String, position: Int, found: String)
  case repeatedIdentifier(file: String, identifier: String)
  case missingFolder(bench: String, name: String)
  case ambiguousFolder(bench: String, name: String, found: [String])
  case nothingToScore(problems: [String], count: Int)
  case otherSettings(file: String, differences: [String])
  case changedCase(identifier: String, file: String)
  case unknownResults(folder: String, count: Int)
  case noTrueReference(bench: String)
  /// `file` is the first that is missing; nil where there is no folder for it.
  case noReferenceMask(bench: String, method: String, file: String?, count: Int)
  case noText(bench: String, field: String, identifier: String, count: Int, looked: String)
  case noPictures(folder: String)
  case diskTooSmall(folder: String, needed: Int, free: Int)
  case requirementsNotMet([String])
}

extension EvaluationError: SettingMessage {
  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .missingInput(let path):
      "\(path): no such file or folder"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .unreadableSettings(let file):
      "\(file): cannot be read: it is not what pbe-eval wrote; "
        + "choose another \(name("output")) or remove the folder"
    case .badIdentifier(let file, let position, let found):
      "\(file): entry \(position) is \(found), which cannot name a file. "
        + "Expected a number of at least 0, or letters, digits, '-' and '_'."
    case .repeatedIdentifier(let file, let identifier):
      "\(file): lists \(identifier) twice. Each case must be listed once."
    case .missingFolder(let bench, let folder):
      "\(bench): has no folder \(folder)_3500 (or \(folder)_*). Expected COCOEE's layout: "
        + "GT_3500, Mask_bbox_3500, Ref_3500 and id_list.npy."
    case .ambiguousFolder(let bench, let folder, let found):
      "\(bench): has \(found.count) folders \(folder)_* (\(found.joined(separator: ", "))). "
        + "Keep one, or name it \(folder)_3500."
    case .nothingToScore(let problems, let count):
      "none of the \(count) cases can be scored:\n"
        + problems.map { "  \($0)" }.joined(separator: "\n")
        + (count > problems.count ? "\n  and \(count - problems.count) more" : "")
    case .otherSettings(let file, let differences):
      "\(file): the results there were made with other settings "
        + "(\(differences.joined(separator: "; "))). "
        + "Choose another \(name("output")), or remove that folder to start again."
    case .changedCase(let identifier, let file):
      "\(file): case \(identifier) of the bench has changed since its result was made. "
        + "Choose another \(name("output")), or remove the results to start again."
    case .unknownResults(let folder, let count):
      "\(folder): holds \(count) pictures, but no settings.json that says how they were made. "
        + "Score them with \(name("results")) \(folder), or choose another \(name("output"))."
    case .noTrueReference(let bench):
      "\(bench): has no folder True_*, which \(name("true-reference")) needs. "
        + "Benches made by 'pbe-data scenes' have one; COCOEE has not."
    case .noReferenceMask(let bench, let method, let file, let count):
      file.map {
        "\($0): no such file, but \(method) needs the mask of the reference's object"
          + (count > 1 ? "; \(count) cases lack theirs" : "") + "."
      }
        ?? "\(bench): has no folder RefMask_*, but \(method) needs the mask of the reference's object. "
        + "Expected RefMask_3500/NNNNNNNNNNNN_refmask.png, white on the object, beside Ref_3500."
    case .noText(let bench, let field, let identifier, let count, let looked):
      "\(bench): case \(identifier)" + (count > 1 ? ", like \(count - 1) more," : "")
        + " has no \(field) for {\(field)} in \(name("prompt")); looked in \(looked). Give COCO's "
        + "instances_*.json with \(name("annotations")), or write captions.jsonl into the bench: "
        + "{\"id\": \"\(identifier)\", \"class\": …, \"caption\": …} a line."
    case .noPictures(let folder):
      "\(folder): has no file named as a picture (.jpg, .png, .webp, .tif). Pictures must lie directly in the folder."
    case .diskTooSmall(let folder, let needed, let free):
      "\(folder): has \(Quantity.bytes(free)) free, but pictures and features will take about "
        + "\(Quantity.bytes(needed)). Choose another \(name("output")), or take fewer cases with "
        + "\(name("limit")) or \(name("shard"))."
    case .requirementsNotMet(let failures):
      "required of this run and not met: " + failures.joined(separator: "; ")
    }
  }
}

extension EvaluationError {
  /// What Foundation's failure to read `url` means.
  static func reading(_ url: URL, _ error: any Error) -> EvaluationError {
    let path = url.relativePath
    guard FileSystem.exists(path) else { return .missingInput(path: path) }
    if let error = error as? FileError { return .unreadable(file: path, reason: "\(error)") }
    let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
    return .unreadable(file: path, reason: (cause ?? error).localizedDescription)
  }
}
