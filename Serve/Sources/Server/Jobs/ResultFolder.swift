import Foundation
import PaintByExample

/// Results on the disk: a folder for each job, whose name is the job's id, with `0.png`, `1.png`, … and
/// `job.json`. Every file is there whole or not at all, whenever the server is killed.
struct ResultFolder: Sendable {
  private let path: String
  private let lock: FolderLock
  private let log: @Sendable (String) -> Void

  /// - Throws: `FileError`, `FolderInUse`.
  init(_ path: String, log: @escaping @Sendable (String) -> Void) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    (self.path, self.log) = (path, log)
    lock = try FolderLock(path)
    if let lack = lock.lack { log("warning: \(lack)") }
  }

  /// - Throws: `FileError`.
  func save(_ bytes: Data, _ id: String, _ index: Int) throws {
    let folder = "\(path)/\(id)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try AtomicFile.write(bytes, to: "\(folder)/\(index).png")
  }

  /// Writes down what a job has made. A failure is logged: the pictures are there already.
  func save(_ job: Job) {
    guard !job.results.isEmpty else { return }
    do {
      try AtomicFile.write(Data((job.json.text + "\n").utf8), to: "\(path)/\(job.id)/job.json")
    } catch {
      log("job \(job.id.prefix(8)): \(error)")
    }
  }

  func result(_ id: String, _ index: Int) -> Data? {
    try? Data(contentsOf: URL(filePath: "\(path)/\(id)/\(index).png"))
  }

  /// The jobs that lie there, oldest first.
  func jobs() -> [Job] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter(\.isJobID).compactMap(job).sorted { $0.begun < $1.begun }
  }

  private func job(_ id: String) -> Job? {
    guard let data = try? Data(contentsOf: URL(filePath: "\(path)/\(id)/job.json")),
      data.count < 1 << 20, let record = try? JSONDecoder().decode(Record.self, from: data)
    else { return nil }
    var job = Job(
      id: id, model: record.model, begun: record.begun, order: nil, steps: record.steps)
    job.step = record.step
    job.notes = record.notes
    job.results = record.results.map {
      Job.Result(
        scale: Float($0.scale), seed: UInt64(clamping: $0.seed),
        size: PictureSize(width: $0.width, height: $0.height), bytes: nil)
    }
    let phase = Job.Phase(rawValue: record.state) ?? .failed
    job.end(
      phase.isOver ? phase : .failed,
      error: record.error ?? (phase.isOver ? nil : "the server ended before the job did"))
    return job
  }

  /// What is read of `job.json`.
  private struct Record: Decodable {
    struct Result: Decodable {
      let scale: Double
      let seed: Int
      let width: Int
      let height: Int
    }

    let model: String
    let state: String
    let created: String
    let step: Int
    let steps: Int
    let notes: [String]
    let results: [Result]
    let error: String?

    var begun: Date { (try? Date(created, strategy: .iso8601)) ?? .distantPast }
  }
}

extension String {
  /// Whether this is how the server names a job.
  var isJobID: Bool { utf8.count == 32 && utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) } }
}
