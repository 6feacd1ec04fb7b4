import Foundation
import Support

/// The same evaluation with several settings of the sampler, each in a folder of its own.
public struct Sweep {
  public let settings: [SweepSetting]
  public let output: URL

  /// - Parameters:
  ///   - settings: At least one, each once.
  ///   - output: The folder that holds the settings' folders and what compares them.
  public init(_ settings: [SweepSetting], output: URL) throws {
    precondition(!settings.isEmpty)
    self.settings = settings
    self.output = output
    try Folder.make(output.relativePath)
  }

  /// Runs one setting after the other. Each is an ordinary evaluation, written to its folder when
  /// it is done, and goes on where it was interrupted.
  ///
  /// - Parameters:
  ///   - batch: Cases handed to a method at once.
  ///   - evaluator: For the folder of one setting.
  ///   - method: For one setting.
  ///   - announce: Told each setting before it is run.
  public func run(
    batch: Int, evaluator: (URL) throws -> Evaluator,
    method: (SweepSetting) throws -> some Method, announce: (SweepSetting) -> Void
  ) throws -> SweepReport {
    let runs = try FolderLock.keep(output.relativePath, .silent) {
      try settings.map { setting in
        announce(setting)
        let folder = output.appending(path: setting.folder)
        let report = try evaluator(folder).evaluate(with: method(setting), batch: batch)
        try report.write(to: folder)
        return SweepReport.Run(setting: setting, metrics: report.metrics, values: report.values)
      }
    }
    return SweepReport(runs: runs)
  }
}
