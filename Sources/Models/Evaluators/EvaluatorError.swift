import Autograd

/// What can be wrong with the weights of an evaluation's networks.
public enum EvaluatorError: Error, CustomStringConvertible {
  case noConfiguration(folder: String)
  case needsConfiguration(file: String)
  case notCLIP(_ file: String)
  case noText(_ file: String)
  case notHarmoniser(_ path: String)
  case mismatch(_ file: String, _ network: String, WeightMismatch)
  case notFinite(_ file: String, _ names: [String])

  public var description: String {
    switch self {
    case .noConfiguration(let folder):
      "\(folder): has no config.json; expected a folder of transformers' CLIPModel or "
        + "CLIPVisionModelWithProjection. Of an OpenAI or open_clip state dict give the file itself."
    case .needsConfiguration(let file):
      "\(file): its weights are named as by transformers, but there is no config.json beside it to say "
        + "how many heads they have; copy it there, too, and give the folder"
    case .notCLIP(let file):
      "\(file): not a CLIP with a vision transformer: it has neither visual.class_embedding "
        + "(OpenAI, open_clip) nor vision_model.embeddings.class_embedding (transformers)"
    case .noText(let file):
      "\(file): not a CLIP with a text tower: it has neither token_embedding.weight (OpenAI, open_clip) "
        + "nor text_model.embeddings.token_embedding.weight (transformers)"
    case .notHarmoniser(let path):
      "\(path): not a harmoniser; expected a state dict of DCCF (encoder.block0…, get_filters.weight), "
        + "such as dccf_issam_HR_pretrain.pth, or a run of the objective harmonisation"
    case .mismatch(let file, let network, let mismatch):
      "\(file): the weights are not those of \(network)\n\(mismatch)"
    case .notFinite(let file, let names):
      "\(file): NaN or infinity in \(names.count) weights (\(names.prefix(4).joined(separator: ", "))"
        + (names.count > 4 ? ", …" : "") + "); the file is damaged: copy or download it again"
    }
  }
}
