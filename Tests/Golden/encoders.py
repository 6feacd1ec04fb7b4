"""The evaluation's encoders: small CLIPs on disk, their features, InceptionV3's, and what they see."""

import shutil

import numpy as np
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel, CLIPVisionModelWithProjection

from inception import Inception, load_hashed_weights
from layout import FIXTURES, channels_first, channels_last, hashed, hashes, save

FOLDER = FIXTURES / "encoders"
SIZE = 32  # of the small CLIPs' pictures
PICTURES = {"wide": (70, 50), "tall": (37, 91), "square": (SIZE, SIZE), "large": (310, 221)}
MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711])


def picture(name):
    """Slopes and noise: TestSupport makes the same."""
    width, height = PICTURES[name]
    y, x, c = np.mgrid[:height, :width, :3]
    slope = 192 * (x * (c + 1) + y * (3 - c)) // (3 * (width + height))
    noise = (hashes(f"picture {name}", width * height * 3) >> np.uint32(26)).reshape(slope.shape)
    return Image.fromarray((slope + noise).astype(np.uint8))


def normalized(values):
    """[height, width, 3] of [0, 1] to [1, height, width, 3] as CLIP takes it."""
    return torch.from_numpy((values - MEAN) / DEVIATION)[None]


def whole(image, size=SIZE):
    """OpenAI's preprocess: torchvision's Resize and CenterCrop of a Pillow picture."""
    width, height = image.size
    shorter = min(width, height)
    new = (size * width // shorter, size * height // shorter)
    if new != image.size:
        image = image.resize(new, Image.BICUBIC)
    left, top = (int(round((side - size) / 2)) for side in new)
    return normalized(np.asarray(image.crop((left, top, left + size, top + size))) / 255)


def mask():
    width, height = PICTURES["wide"]
    mask = np.zeros((height, width), np.uint8)
    mask[3:33, 8:44] = 254
    mask[5:31, 10:42] = 255
    return mask


def score_result(image):
    """The official crop: first and last pixel that is 255, the latter left out."""
    tensor = torch.from_numpy(np.asarray(image) / 255).permute(2, 0, 1)
    found = np.nonzero(mask().ravel() == 255)[0]
    (top, left), (bottom, right) = (np.unravel_index(i, mask().shape) for i in (found[0], found[-1]))
    crop = tensor[None, :, top:bottom, left:right]
    resized = torch.nn.functional.interpolate(
        crop, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
    return normalized(resized[0].permute(1, 2, 0).numpy())


def score_reference(image):
    return normalized(np.asarray(image.resize((SIZE, SIZE))) / 255)


def clean(image):
    """clean-fid's resize and range."""
    channels = [
        np.asarray(Image.fromarray(channel.astype(np.float32)).resize((299, 299), Image.BICUBIC))
        for channel in np.moveaxis(np.asarray(image), 2, 0)]
    values = np.stack(channels, 2).clip(0, 255).astype(np.float32)
    return torch.from_numpy((values - 128) / 128)[None]


def legacy(image):
    values = torch.from_numpy(np.asarray(image)).float()[None] / 255
    resized = torch.nn.functional.interpolate(
        channels_first(values), size=(299, 299), mode="bilinear", align_corners=False)
    return 2 * channels_last(resized) - 1


def small_clip(heads):
    torch.manual_seed(0)
    config = CLIPConfig(
        vision_config=dict(
            hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=heads,
            image_size=SIZE, patch_size=8),
        text_config=dict(
            hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
            vocab_size=16, max_position_embeddings=4, bos_token_id=1, eos_token_id=2),
        projection_dim=24)
    model = CLIPModel(config).eval()
    for name, parameter in model.named_parameters():
        numbers = torch.from_numpy(hashed(name, parameter.numel())).reshape(parameter.shape)
        if parameter.dim() > 1:
            numbers = numbers * (3 / parameter[0].numel()) ** 0.5
        elif name.endswith("norm.weight") or "norm1.weight" in name or "norm2.weight" in name:
            numbers = 1 + 0.1 * numbers
        parameter.data = numbers.half()
    return model


def features(model, pixels):
    """`get_image_features` of CLIPModel, in double precision."""
    model = model.double()
    with torch.no_grad():
        pooled = model.vision_model(pixel_values=channels_first(pixels).double()).pooler_output
        return model.visual_projection(pooled)


def original(state):
    """The same weights as OpenAI's state dict has them, with a little of everything beside."""
    place = "vision_model."
    result = {
        "positional_embedding": torch.zeros(4, 8), "text_projection": torch.zeros(8, 24),
        "logit_scale": torch.tensor(4.6), "token_embedding.weight": torch.zeros(16, 8),
        "transformer.resblocks.0.ln_1.weight": torch.ones(8), "ln_final.weight": torch.ones(8),
        "input_resolution": torch.tensor(SIZE), "vocab_size": torch.tensor(16),
        "visual.proj": state["visual_projection.weight"].T.contiguous(),
        "visual.conv1.weight": state[place + "embeddings.patch_embedding.weight"],
        "visual.class_embedding": state[place + "embeddings.class_embedding"],
        "visual.positional_embedding": state[place + "embeddings.position_embedding.weight"],
    }
    for leaf in ("weight", "bias"):
        result[f"visual.ln_pre.{leaf}"] = state[f"{place}pre_layrnorm.{leaf}"]
        result[f"visual.ln_post.{leaf}"] = state[f"{place}post_layernorm.{leaf}"]
        for i in range(2):
            ours, theirs = f"{place}encoder.layers.{i}", f"visual.transformer.resblocks.{i}"
            result[f"{theirs}.attn.in_proj_{leaf}"] = torch.cat(
                [state[f"{ours}.self_attn.{kind}_proj.{leaf}"] for kind in "qkv"])
            for a, b in [("self_attn.out_proj", "attn.out_proj"), ("layer_norm1", "ln_1"),
                         ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"),
                         ("mlp.fc2", "mlp.c_proj")]:
                result[f"{theirs}.{b}.{leaf}"] = state[f"{ours}.{a}.{leaf}"]
    return result


def write_clips(pixels):
    """Folders of transformers' two classes and OpenAI's file, all of the same half-precision weights."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    model = small_clip(heads=2)
    model.save_pretrained(FOLDER / "clip")
    vision = model.config.vision_config
    vision.projection_dim = 24
    tower = CLIPVisionModelWithProjection(vision).half()
    state = {key: value for key, value in model.state_dict().items() if "visual" in key
             or key.startswith("vision_model.")}
    tower.load_state_dict(state)
    tower.save_pretrained(FOLDER / "clip_vision")
    (FOLDER / "clip_vision/model.safetensors").unlink()
    state["vision_model.embeddings.position_ids"] = torch.arange(17)[None]
    torch.save(state, FOLDER / "clip_vision/pytorch_model.bin")
    torch.save(original(model.state_dict()), FOLDER / "original.pt")
    return {"clip/features": features(model, pixels),
            "original/features": features(small_clip(heads=1), pixels)}


def generate():
    pictures = {name: picture(name) for name in PICTURES}
    seen = {name: whole(image) for name, image in pictures.items()}
    tensors = {f"whole/{name}": pixels for name, pixels in seen.items()}
    tensors |= write_clips(torch.cat(list(seen.values())))
    tensors["score/result"] = score_result(pictures["wide"])
    tensors["score/reference"] = score_reference(pictures["wide"])
    network = load_hashed_weights(Inception().eval()).double()
    for resize in (clean, legacy):
        for name in ("wide", "large"):
            x = resize(pictures[name])
            tensors[f"{resize.__name__}/{name}"] = x[:, ::13, ::13]
            with torch.no_grad():
                y = network(channels_first(x).double())
            tensors[f"inception/{resize.__name__}/{name}"] = y
            print(f"inception {resize.__name__} {name}: mean {y.mean():.3f}, deviation {y.std():.3f}")
    save("encoders", tensors)
