import Foundation
import Models
import Support
import Testing

/// `feature_extractor/preprocessor_config.json`: honoured, or refused by name.
@Suite struct PreprocessorConfigurationTests {
  @Test func readsOldFilesWithPlainSizes() throws {
    let found = try read(
      """
      {"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true,
       "feature_extractor_type": "CLIPFeatureExtractor", "resample": 3, "size": 224,
       "image_mean": [0.48145466, 0.4578275, 0.40821073],
       "image_std": [0.26862954, 0.26130258, 0.27577711]}
      """)
    #expect(found == PreprocessorConfiguration(size: 224))
  }

  @Test func readsWhatItWrites() throws {
    var configuration = PreprocessorConfiguration(size: 224)
    #expect(try read(JSONValue.object(configuration.json).text) == configuration)
    configuration.resize = .exactly(.init(height: 224, width: 224))
    configuration.crop = nil
    configuration.resampling = .bilinear
    configuration.mean = [0, 0.25, 0.5]
    #expect(try read(JSONValue.object(configuration.json).text) == configuration)
  }

  @Test func whatIsSwitchedOffIsNotDone() throws {
    let found = try read(#"{"do_normalize": false, "do_rescale": false, "do_resize": false}"#)
    #expect(found.mean == [0, 0, 0] && found.deviation == [1, 1, 1])
    #expect(found.rescaleFactor == 1 && found.resize == nil)
  }

  @Test(arguments: [
    (#"{"resample": 1}"#, "`resample` is 1"),
    (#"{"size": {"longest_edge": 224}}"#, "`size`"),
    (#"{"size": 0}"#, "`size`"),
    (#"{"crop_size": {"height": 224}}"#, "`crop_size`"),
    (#"{"crop_size": 99999999}"#, "`crop_size`"),
    (#"{"image_mean": [0.5]}"#, "`image_mean`"),
    (#"{"image_std": [0.5, 0.5, 0]}"#, "`image_std`"),
    (#"{"do_resize": 1}"#, "`do_resize` is 1"),
    (#"{"do_pad": true}"#, "`do_pad`"),
    (#"{"rescale_factor": "x"}"#, "`rescale_factor`"),
    (#"{"crop_size": 336, "size": 336}"#, "336×336 pixels; the image encoder takes 224×224"),
    (#"{"do_center_crop": false}"#, "pictures of any shape"),
  ])
  func whatIsNotSupportedIsRefusedByName(_ text: String, _ message: String) throws {
    #expect { try read(text) } throws: { "\($0)".contains(message) }
  }

  private func read(_ text: String) throws -> PreprocessorConfiguration {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    return try PreprocessorConfiguration(contentsOf: file, imageSize: 224)
  }
}
