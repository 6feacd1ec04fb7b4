import PaintByExample

/// Moves the condition so that the painted part becomes brighter: the gradient goes back through every
/// step of the sampler, the UNet and the guidance.
///
/// - Returns: the brightness of the latents' first channel before and after.
func brightenByTheCondition(model folder: String) throws -> (before: Float, after: Float) {
  let model = try ModelFolder(at: folder).model()
  for parameter in model.unet.parameters.parameters { parameter.isTrainable = false }
  let source = try ImageFile.read("\(folder)/source-1.png").image
  let mask = try RepaintMask(file: "\(folder)/mask-1.png", for: source)
  let reference = try ImageFile.read("\(folder)/reference-1.png").image
  var settings = EditSettings()
  (settings.sampler, settings.steps, settings.scale) = (.ddim, 4, 2)
  let painter = Painter(model)
  let surroundings = painter.surroundings(source: source, mask: mask.pixels)

  func brightness(_ condition: Variable) throws -> Variable {
    let latents = try painter.latents(surroundings, condition: condition, settings)
    return latents.slice(0..<1, axis: 3).mean()
  }
  let condition = Variable.leaf(try painter.condition(reference))
  let before = try brightness(condition)
  guard let gradient = before.gradients()[condition] else { return (0, 0) }
  let length = Float(gradient.sumOfSquares().squareRoot())
  let after = try withoutGradients {
    try brightness(Variable(condition.value + gradient * (1 / length)))
  }
  return (before.value.scalar, after.value.scalar)
}
