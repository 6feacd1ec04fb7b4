import Datasets
import Support

extension DatasetConfiguration {
  /// Opens the data set that `dataset_dir` names.
  ///
  /// - Parameters:
  ///   - key: of the section, for the message when there is no `dataset_dir`.
  ///   - progress: follows the reading of a large file.
  /// - Throws: `ConfigurationError`, `DatasetError`, `FileError`.
  public func open(
    key: String = "data.params.train.params", progress: any ProgressReporter = .silent
  ) throws -> Dataset {
    guard let directory else {
      throw ConfigurationError(
        "`\(key).dataset_dir` is missing; set it to a folder with OpenImages' layout or to a "
          + ".jsonl manifest")
    }
    let dataset = try Dataset.open(
      path: directory, split: split, filter: boxes, notation: boxNotation, progress: progress)
    guard triplets.referenceMaskProbability == 0 || dataset.hasObjectMasks else {
      throw ConfigurationError(
        "`\(key).reference_mask_probability` is \(triplets.referenceMaskProbability.shortest), but "
          + "\(directory) has no mask of an object: its lines need `object_mask`, `object_masks` or "
          + "`reference_mask`, as pbe-data import and pbe-data scenes --masks write them; or set it to 0"
      )
    }
    return dataset.leavingOut(triplets.variant.leftOut)
  }
}
