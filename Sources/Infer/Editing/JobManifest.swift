import Foundation
import Pictures
import Support

/// Many jobs, a JSON object each, one a line or in a list: `image`, `mask` or `box`, `reference` (one or a
/// list) or what else is to be painted (`prompt`, `class`, `caption`), `reference_mask`, `output`, optional `box_units`,
/// `seed`, `scale` and `steps`. Inputs are relative to the file, outputs to a folder.
public struct JobManifest: Sendable {
  private let path: String
  private let jobs: [(line: Int, job: Result<EditJob, any Error>)]

  /// Reads all lines; what is wrong with one of them is told when its turn comes.
  ///
  /// - Parameters:
  ///   - path: the file of jobs.
  ///   - folder: for the results.
  ///   - notation: what boxes count where a line doesn't say; nil for pixels, of which none may look
  ///     like fractions.
  ///   - needsReference: whether a line without a reference or a prompt is wrong.
  ///   - configure: applied to each job before the line's own seed, scale and steps.
  /// - Throws: `FileError`, ``JobProblem`` where there is no job at all.
  public init(
    _ path: String, output folder: String, notation: BoxNotation? = nil,
    needsReference: Bool = true, configure: (inout EditJob) -> Void
  ) throws {
    self.path = path
    let inputs = path.parentFolder
    var taken: Set<FilePlace> = []
    var jobs: [(line: Int, job: Result<EditJob, any Error>)] = []
    try JSONRecords(path: path).forEach { line in
      guard !line.text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
      let job = Result {
        let values = try JobLine(String(pathBytes: line.text), notation)
        var job = try values.job(
          inputs: inputs, outputs: folder, needsReference: needsReference)
        configure(&job)
        try values.override(&job)
        try job.validate()
        guard FilePlace(writing: job.output).isInside(folder) else {
          throw JobProblem.outside(job.output)
        }
        for output in job.outputs where !taken.insert(FilePlace(writing: output)).inserted {
          throw EditError.sameOutput(output)
        }
        return job
      }
      jobs.append((line.line, job))
    }
    self.jobs = jobs
    if jobs.isEmpty { throw JobProblem("\(path): no jobs in it, expected a JSON object a line") }
  }

  public var count: Int { jobs.count }

  /// Evaluations of the network in all jobs that can be tried.
  public var evaluations: Int { jobs.reduce(0) { $0 + ((try? $1.job.get().evaluations) ?? 0) } }

  /// Reports to progress that all jobs make that can be tried.
  public func steps(_ session: EditSession) -> Int {
    jobs.reduce(0) { $0 + ((try? session.steps($1.job.get())) ?? 0) }
  }

  /// Runs the jobs, going on past bad ones, which are reported as they are met.
  ///
  /// - Parameters:
  ///   - session: edits each job with its model.
  ///   - progress: advances with each evaluation of the network.
  ///   - note: told what is worth knowing before a job's work begins; of each file once.
  ///   - written: told each file.
  ///   - failed: told each job that could not be done.
  /// - Returns: how many jobs failed.
  /// - Throws: `Cancellation`.
  public func run(
    _ session: EditSession, _ progress: any ProgressTask, note: (EditNote) -> Void = { _ in },
    written: (String) -> Void, failed: (JobFailure) -> Void
  ) throws -> Int {
    let writable = jobs.map { line, job in
      (line, Result { try job.get().checkOutputs(makingFolders: true) }.flatMap { job })
    }
    var told: Set<FileWarning> = []
    return try writable.count { line, job in
      do {
        try session.run(job.get(), progress) { found in
          if case .picture(let warning) = found, !told.insert(warning).inserted { return }
          note(found)
        }.forEach(written)
        return false
      } catch let cancellation as Cancellation {
        throw cancellation
      } catch {
        failed(JobFailure(file: path, line: line, error: error))
        return true
      }
    }
  }
}

/// A job of a ``JobManifest`` that could not be done.
public struct JobFailure: Error, SettingMessage {
  public let file: String
  public let line: Int
  public let error: any Error

  public func text(naming name: (String) -> String) -> String {
    let problem = (error as? any SettingMessage)?.text(naming: name) ?? "\(error)"
    return "\(file), line \(line): \(problem)"
  }
}

/// What is wrong with a line of a ``JobManifest``.
public struct JobProblem: Error, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }

  fileprivate static func outside(_ output: String) -> JobProblem {
    JobProblem(
      "'output' is \"\(output.readablePath)\", which lies outside the folder for the results")
  }
}

/// The values of a line under known keys.
private struct JobLine {
  private enum Key: String, CaseIterable {
    case image, mask, box, reference, output, seed, scale, steps, prompt, caption
    case boxUnits = "box_units"
    case referenceMask = "reference_mask"
    case subject = "class"
  }
  private var values: [Key: StrictJSON] = [:]
  private let notation: BoxNotation?

  init(_ text: String, _ notation: BoxNotation?) throws {
    let value = try StrictJSON(parsing: text)
    guard case .object(let members) = value else {
      throw JobProblem("expected an object, {\"image\": …}, found \(value.summary)")
    }
    for (name, value) in members {
      guard let key = Key(rawValue: name) else {
        let known = Key.allCases.map(\.rawValue)
        throw JobProblem(
          "unknown key '\(name.prefix(60))'\(didYouMean(name, in: known)); "
            + "known keys are \(known.joined(separator: ", "))")
      }
      if value != .null { values[key] = value }
    }
    self.notation = try BoxNotation(stated: values[.boxUnits]) ?? notation
  }

  func job(inputs: String, outputs: String, needsReference: Bool) throws -> EditJob {
    let output = try text(.output)
    guard !output.hasPrefix("/"), !output.split(separator: "/").contains("..") else {
      throw JobProblem.outside(output)
    }
    var job = EditJob(
      image: Self.join(inputs, try text(.image)), region: try region(inputs),
      reference: nil, output: Self.join(outputs, output))
    job.references = try references(
      in: inputs, areNeeded: needsReference && values[.prompt] == nil)
    return job
  }

  /// One picture or a list of them, each with a mask or none.
  private func references(in folder: String, areNeeded: Bool) throws -> [EditJob.Reference] {
    guard areNeeded || values[.reference] != nil else {
      guard values[.referenceMask] == nil else {
        throw JobProblem(
          "'reference_mask' says where the object is in 'reference', which is missing")
      }
      return []
    }
    let pictures = try paths(.reference, in: folder).compactMap(\.self)
    let masks = try values[.referenceMask] == nil ? [] : paths(.referenceMask, in: folder)
    guard masks.isEmpty || masks.count == pictures.count else {
      throw JobProblem(
        "'reference_mask' has \(masks.count) for \(pictures.count) in 'reference': give one each, or "
          + "null for one that is shown whole")
    }
    return pictures.enumerated().map {
      EditJob.Reference(picture: $1, mask: masks.isEmpty ? nil : masks[$0])
    }
  }

  /// The files of a key that takes one or a list; of masks some may be missing.
  private func paths(_ key: Key, in folder: String) throws -> [String?] {
    guard case .array(let items)? = values[key] else { return [Self.join(folder, try text(key))] }
    guard !items.isEmpty else { throw JobProblem("'\(key.rawValue)' is an empty list") }
    return try items.map { item in
      if item == .null, key == .referenceMask { return nil }
      return Self.join(folder, try text(of: item, key))
    }
  }

  /// Words that a line may leave out.
  private func words(_ key: Key) throws -> String? {
    guard let value = values[key] else { return nil }
    guard case .string(let text) = value, !text.isEmpty else {
      throw JobProblem("'\(key.rawValue)' must be a text, found \(value.summary)")
    }
    return text
  }

  func override(_ job: inout EditJob) throws {
    if let prompt = try words(.prompt) { job.prompt = prompt }
    (job.subject, job.caption) = (try words(.subject), try words(.caption))
    if let steps = try integer(.steps) { job.settings.steps = steps }
    if let seed = try integer(.seed) { job.settings.seed = UInt64(seed) }
    guard let value = values[.scale] else { return }
    guard case .number(let scale) = value else {
      throw JobProblem("'scale' must be a number, found \(value.summary)")
    }
    (job.settings.scale, job.scales) = (Float(scale), [])
  }

  private func region(_ folder: String) throws -> EditJob.Region {
    guard let value = values[.box] else { return .mask(Self.join(folder, try text(.mask))) }
    guard values[.mask] == nil else { throw JobProblem("give 'mask' or 'box', not both") }
    guard case .array(let items) = value, items.count == 4 else {
      throw JobProblem("'box' must be [x0, y0, x1, y1], found \(value.summary)")
    }
    let sides = try items.map { item in
      guard case .number(let side) = item, abs(side) <= 1e6 else {
        throw JobProblem("'box' must hold four numbers of pixels, but holds \(item.summary)")
      }
      return Float(side)
    }
    let box = Box(sides[0], sides[1], sides[2], sides[3])
    try box.require(notation, name: "'box'")
    guard box.area > 0 else { throw JobProblem("'box' is empty or inverted: x0 < x1 and y0 < y1") }
    return notation == .fractions ? .fractions(box) : .box(box)
  }

  private func text(_ key: Key) throws -> String {
    guard let value = values[key] else {
      throw JobProblem(
        key == .mask
          ? "neither 'mask' nor 'box' says where to repaint" : "'\(key.rawValue)' is missing")
    }
    return try text(of: value, key)
  }

  private func text(of value: StrictJSON, _ key: Key) throws -> String {
    guard case .string(let text) = value, !text.isEmpty, !text.contains("\0") else {
      throw JobProblem("'\(key.rawValue)' must be a path, found \(value.summary)")
    }
    return text
  }

  private func integer(_ key: Key) throws -> Int? {
    guard let value = values[key] else { return nil }
    guard case .number(let number) = value, number == number.rounded(),
      (0...0x1p53).contains(number)
    else { throw JobProblem("'\(key.rawValue)' must be a whole number, found \(value.summary)") }
    return Int(number)
  }

  private static func join(_ folder: String, _ path: String) -> String {
    folder.isEmpty || path.hasPrefix("/") ? path : "\(folder)/\(path)"
  }
}
