import Foundation
import PaintByExample

/// Ends the program with a message where something is not as the examples promise.
func require(_ condition: Bool, _ message: String) {
  if condition { return print("ok    \(message)") }
  print("wrong \(message)")
  exit(1)
}

let model = CommandLine.arguments.dropFirst().first ?? "Examples/scenes"
let output = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID()).png").path

try editAPicture(model: model, output: output)
let edited = try ImageFile.read(output).image
let source = try ImageFile.read("\(model)/source-1.png").image
require(edited != source && edited.width == source.width, "edited a picture: \(output)")

let accuracy = trainASmallNet(steps: 150)
require(accuracy > 0.9, "trained a small net: \(accuracy) of new pictures are named rightly")

let difference = try paintAfterClasses()
require(
  difference > 0, "painted after classes with a sampler of its own: they differ by \(difference)")

let (before, after) = try brightenByTheCondition(model: model)
require(after > before, "followed a gradient through the sampler: \(before) became \(after)")

let folder = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID())")
let error = try scoreWithAMetricOfOnesOwn(in: folder)
require(error == 0, "scored a baseline with a metric of its own: \(error ?? .nan) outside the mask")
try FileManager.default.removeItem(at: folder)
