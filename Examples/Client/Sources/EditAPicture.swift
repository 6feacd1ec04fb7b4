import PaintByExample

/// Puts the object of a reference into the masked part of a picture.
func editAPicture(model folder: String, output: String) throws {
  let model = try ModelFolder(at: folder).model()
  let source = try ImageFile.read("\(folder)/source-1.png").image
  let mask = try RepaintMask(file: "\(folder)/mask-1.png", for: source)
  let reference = try ImageFile.read("\(folder)/reference-1.png").image
  var settings = EditSettings()
  (settings.sampler, settings.steps) = (.ddim, 10)
  let editor = Editor(model, residency: .keep)
  let plan = try editor.plan(source: source, mask: mask, settings)
  let result = try editor.edit(editor.prepare(plan, reference: reference), settings)
  try result.picture.writePNG(to: output)
}
