"""One entry for each case of an op: inputs, output, an output gradient, the inputs' gradients."""

import torch
from torch.nn import functional as F

from harmonisation import apply_filters
from layout import Random, channels_first, channels_last, save

CASES = {}
INPUTS = {}  # what has no gradient


def case(name, *inputs, scale=1.0, function):
    """Declares a case; an input is a shape (filled with normal numbers) or a tensor."""
    random = Random(name)
    CASES[name] = (
        [x if torch.is_tensor(x) else random.normal(*x, scale=scale) for x in inputs],
        function,
    )


def convolution(stride=1, padding=0, asymmetric=None):
    def function(x, weight, bias=None):
        x = channels_first(x)
        if asymmetric:
            x = F.pad(x, asymmetric)
        return channels_last(F.conv2d(x, weight, bias, stride, padding))

    return function


def group_norm(groups, eps):
    def function(x, weight, bias):
        if x.dim() == 4:
            return channels_last(F.group_norm(channels_first(x), groups, weight, bias, eps))
        return F.group_norm(x.transpose(1, 2), groups, weight, bias, eps).transpose(1, 2)

    return function


def attention(heads, is_causal=False):
    def function(q, k, v):
        split = lambda x: x.unflatten(-1, (heads, -1)).transpose(1, 2)
        result = F.scaled_dot_product_attention(split(q), split(k), split(v), is_causal=is_causal)
        return result.transpose(1, 2).flatten(-2)

    return function


def geglu(x):
    value, gate = x.chunk(2, dim=-1)
    return value * F.gelu(gate)


def contrast(groups):
    """CLIP's loss where rows of one group are each other's positives."""
    same = torch.tensor(groups)[:, None] == torch.tensor(groups)
    targets = same.double() / same.sum(1, keepdim=True)

    def function(a, b, log_scale):
        logits = F.normalize(a) @ F.normalize(b).T * log_scale.exp()
        return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2

    return function


def warp(maps, edge):
    def function(pictures):
        height, width = pictures.shape[1:3]
        x = (2 * torch.arange(width).double() + 1) / width - 1
        y = (2 * torch.arange(height).double() + 1) / height - 1
        places = torch.stack([x.expand(height, width), y[:, None].expand(height, width)], -1)
        places = torch.cat([places, torch.ones(height, width, 1).double()], -1)
        there = torch.einsum("nij,hwj->nhwi", maps, places)
        grid = there[..., :2] / there[..., 2:]
        return channels_last(
            F.grid_sample(channels_first(pictures), grid, padding_mode=edge, align_corners=False))

    return function


def geodesic(target):
    target = target.float().double()

    def function(x):
        chord = (F.normalize(x, dim=-1) - F.normalize(target, dim=-1)).norm(dim=-1)
        return 2 * (chord / 2).arcsin() ** 2

    return function


def arithmetic():
    image = (2, 5, 3, 6)
    for name, function in {
        "add": lambda a, b: a + b,
        "subtract": lambda a, b: a - b,
        "multiply": lambda a, b: a * b,
    }.items():
        case(f"{name}.same", image, image, function=function)
        case(f"{name}.channels", image, (6,), function=function)
        case(f"{name}.samples", image, (2, 1, 1, 6), function=function)
        case(f"{name}.positions", (2, 5, 6), (1, 5, 6), function=function)
        case(f"{name}.scalar", image, (), function=function)
    case("scale", image, function=lambda x: x * -1.75)
    case("scale.offset", image, function=lambda x: x + 0.625)
    case("scale.negate", image, function=lambda x: -x)
    case("square", image, function=lambda x: x * x)
    case("exponential", image, function=torch.exp)
    case("exponential.wide", torch.linspace(-80, 40, 97).double(), function=torch.exp)
    case("clamp", torch.linspace(-2.03, 2, 57).double(), function=lambda x: x.clamp(-0.5, 0.75))
    case("sum", image, function=lambda x: x.sum())
    case("sum.mean", image, function=lambda x: x.mean())
    case("scalar", image, function=lambda x: 3 * x.sum())
    case("meanSquaredError", image, image, function=lambda a, b: F.mse_loss(a, b))
    a, apart = (Random(name).normal(*image) for name in ("absolute", "apart"))
    b = a + apart + 0.1 * apart.sign()  # far from the kink
    case("meanAbsoluteError", a.float().double(), b.float().double(), function=F.l1_loss)
    case("meanHuberError", a.float().double(), b.float().double(),
         function=lambda a, b: ((a - b).square() + 0.3**2).sqrt().mean() - 0.3)
    maps = torch.tensor([
        [[0.8, -0.5, 0.3], [0.4, 0.9, -0.2], [0, 0, 1]], [[1.1, 0.1, 0], [0, 0.9, 0.1], [0.2, -0.3, 1]],
    ]).double()  # fmt: skip
    for edge in ("border", "zeros"):
        case(f"warp.{edge}", (2, 5, 6, 3), function=warp(maps, edge))
    case("geodesicDistance", (4, 5), function=geodesic(Random("target").normal(5)))
    labels = torch.tensor([2, -100, 0, 6, 6])
    case("crossEntropy", (5, 7), function=lambda x: F.cross_entropy(x, labels))
    case("crossEntropy.wide", (5, 7), scale=40, function=lambda x: F.cross_entropy(x, labels))
    case("contrast", (5, 7), (5, 7), (), function=contrast([0, 1, 2, 3, 4]))
    case("contrast.shared", (6, 7), (6, 7), (), function=contrast([0, 1, 0, 2, 1, 0]))


def activations():
    wide = torch.cat([torch.linspace(-30, 30, 241), torch.tensor([-90.0, 90.0, 1e-6])]).double()
    for name, function in {
        "silu": F.silu,
        "gelu": F.gelu,
        "quickGelu": lambda x: x * torch.sigmoid(1.702 * x),
    }.items():
        case(name, (2, 5, 3, 6), function=function)
        case(f"{name}.wide", wide, function=function)
    case("sigmoid", (2, 5, 3, 6), function=torch.sigmoid)
    case("sigmoid.wide", wide, function=torch.sigmoid)
    case("relu", (2, 5, 3, 6), function=F.relu)
    case("relu.zero", torch.tensor([-1.0, 0.0, 1.0, -0.0]).double(), function=F.relu)
    case("leakyRelu", (2, 5, 3, 6), function=lambda x: F.leaky_relu(x, 0.2))
    case("leakyRelu.zero", torch.tensor([-1.0, 0.0, 1.0, -0.0]).double(),
         function=lambda x: F.leaky_relu(x, 0.2))
    case("elu", (2, 5, 3, 6), function=F.elu)
    case("elu.wide", wide, function=F.elu)
    case("geglu", (2, 7, 20), function=geglu)
    case("softmax", (3, 5, 7), function=lambda x: x.softmax(-1))
    ties = (80 * Random("softmax ties").normal(4, 33)).clamp(-80, 80)  # several at 80 in each row
    case("softmax.wide", ties, function=lambda x: x.softmax(-1))


def products():
    case("linear", (2, 7, 10), (13, 10), (13,), function=F.linear)
    case("linear.no_bias", (2, 7, 10), (13, 10), function=F.linear)
    case("linear.one_row", (1, 10), (5, 10), (5,), function=F.linear)
    case("linear.wide", (37, 70), (65, 70), (65,), function=F.linear)
    case("matrixProduct", (3, 5, 7), (3, 7, 4), function=torch.matmul)
    case("matrixProduct.transposed", (3, 5, 7), (3, 4, 7), function=lambda a, b: a @ b.mT)
    case("attention", (2, 9, 12), (2, 9, 12), (2, 9, 12), function=attention(3))
    case("attention.cross", (2, 11, 8), (2, 5, 8), (2, 5, 8), function=attention(2))
    case("attention.one_key", (2, 6, 8), (2, 1, 8), (2, 1, 8), function=attention(2))
    case("attention.long", (1, 133, 8), (1, 77, 8), (1, 77, 8), function=attention(1))
    texts = [(2, 77, 8)] * 3
    case("attention.causal", *texts, function=attention(2, is_causal=True))
    shorter = [(1, 130, 8), (1, 101, 8), (1, 101, 8)]
    case("attention.causal_blocks", *shorter, function=attention(1, is_causal=True))
    case("attention.sharp", (1, 10, 8), (1, 10, 8), (1, 10, 8), scale=6, function=attention(2))


def convolutions():
    same = convolution(padding=1)
    case("conv2d.1x1", (2, 5, 3, 6), (10, 6, 1, 1), (10,), function=convolution())
    case("conv2d.3x3", (2, 7, 5, 3), (5, 3, 3, 3), (5,), function=same)
    case("conv2d.no_bias", (1, 4, 6, 4), (8, 4, 3, 3), function=same)
    case("conv2d.no_padding", (2, 6, 5, 4), (3, 4, 3, 3), (3,), function=convolution())
    case("conv2d.winograd", (1, 16, 20, 24), (32, 24, 3, 3), (32,), function=same)
    case("conv2d.winograd_odd", (2, 9, 11, 16), (16, 16, 3, 3), (16,), function=same)
    case("conv2d.one_pixel", (2, 1, 1, 8), (8, 8, 3, 3), (8,), function=same)
    case("conv2d.stride2", (2, 8, 6, 4), (6, 4, 3, 3), (6,), function=convolution(2, 1))
    case("conv2d.stride2_odd", (1, 7, 9, 5), (4, 5, 3, 3), (4,), function=convolution(2, 1))
    case(
        "conv2d.asymmetric", (2, 8, 6, 4), (6, 4, 3, 3), (6,),
        function=convolution(2, asymmetric=(0, 1, 0, 1)))  # fmt: skip
    case("conv2d.patches", (2, 24, 16, 3), (10, 3, 8, 8), function=convolution(8))
    case("upsampleNearest2x", (2, 3, 5, 4), function=lambda x: channels_last(
        F.interpolate(channels_first(x), scale_factor=2.0, mode="nearest")))  # fmt: skip


def enlargements():
    transposed = lambda stride, padding: lambda x, weight, bias=None: channels_last(
        F.conv_transpose2d(channels_first(x), weight, bias, stride, padding))
    case("transposedConv2d", (2, 3, 5, 6), (6, 4, 4, 4), (4,), function=transposed(2, 1))
    case("transposedConv2d.no_bias", (1, 4, 3, 5), (5, 8, 3, 3), function=transposed(1, 1))
    case("transposedConv2d.one_pixel", (2, 1, 1, 8), (8, 6, 4, 4), (6,), function=transposed(2, 0))
    case("resample.aligned", (2, 3, 5, 4), function=resized(7, 10, "bilinear", True))
    case("resample.aligned_smaller", (1, 9, 7, 3), function=resized(4, 5, "bilinear", True))
    case("resample.bicubic", (2, 4, 5, 3), function=resized(9, 13, "bicubic", False))
    case("resample.bicubic_smaller", (1, 8, 9, 2), function=resized(5, 4, "bicubic", False))
    case("maximumPool", (2, 6, 5, 4), function=lambda x: channels_last(
        F.max_pool2d(channels_first(x), 2)))  # fmt: skip
    ties = torch.tensor([1.0, 1, 0, 2, 0, 1, 2, 2] * 4).double().reshape(1, 4, 4, 2)
    case("maximumPool.ties", ties, function=lambda x: channels_last(
        F.max_pool2d(channels_first(x), 2)))  # fmt: skip
    case("channelMaximum", (2, 5, 3, 6), function=lambda x: channels_last(
        F.adaptive_max_pool2d(channels_first(x), 1)))  # fmt: skip


def resized(height, width, mode, aligned):
    return lambda x: channels_last(F.interpolate(
        channels_first(x), size=(height, width), mode=mode, align_corners=aligned))  # fmt: skip


def colour_filters():
    """Numbers near those that keep colours, and others far away; pixels with ties among them."""
    picture = Random("colour filters").uniform(2, 5, 4, 3).float().double()
    picture[0, 0] = torch.tensor(
        [[0.5, 0.5, 0.5], [0.2, 0.7, 0.7], [0, 0, 0], [1, 1, 1]]).double()  # fmt: skip
    function = lambda x: channels_last(apply_filters(channels_first(picture), channels_first(x)))
    keep = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] + [1] + [0] * 9 + [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    near = torch.tensor(keep).double() + 0.1 * Random("near filters").normal(2, 5, 4, 34)
    case("colourFilters.near", near.float().double(), function=function)
    far = 0.7 * Random("far filters").normal(2, 5, 4, 34)
    case("colourFilters.far", far.float().double(), function=function)
    INPUTS["colourFilters/picture"] = picture


def normalisations():
    image, parameters = (2, 5, 3, 12), [(12,), (12,)]
    case("groupNorm", image, *parameters, function=group_norm(4, 1e-5))
    case("groupNorm.eps6", image, *parameters, scale=0.01, function=group_norm(3, 1e-6))
    shifted = 30 + Random("shifted").normal(*image)
    case("groupNorm.shifted", shifted, *parameters, function=group_norm(4, 1e-5))
    case("groupNorm.one_channel", image, *parameters, function=group_norm(12, 1e-5))
    silu = lambda norm: lambda *inputs: F.silu(norm(*inputs))
    case("groupNorm.silu", image, *parameters, function=silu(group_norm(4, 1e-5)))
    case("groupNorm.silu_eps6", image, *parameters, function=silu(group_norm(6, 1e-6)))
    layer = lambda x, weight, bias: F.layer_norm(x, (12,), weight, bias, 1e-5)
    case("layerNorm", (2, 7, 12), *parameters, function=layer)
    case("layerNorm.shifted", shifted[:, :, 0], *parameters, function=layer)
    batch = lambda x, *weights: channels_last(
        F.batch_norm(channels_first(x), None, None, *weights, training=True))
    case("batchNorm", image, *parameters, function=batch)
    case("batchNorm.shifted", shifted, *parameters, function=batch)


def structure():
    join = lambda axis: lambda *parts: torch.cat(parts, axis)
    case("concatenate.channels", (2, 5, 3, 4), (2, 5, 3, 7), function=join(-1))
    case("concatenate.tokens", (2, 1, 6), (2, 5, 6), (2, 2, 6), function=join(1))
    case("concatenate.samples", (1, 5, 6), (2, 5, 6), function=join(0))
    case("slice.channels", (2, 5, 3, 8), function=lambda x: x[..., 3:7])
    case("slice.tokens", (2, 5, 6), function=lambda x: x[:, :1])
    case("reshape", (2, 5, 3, 8), function=lambda x: x.reshape(2, 15, 8))
    case("transpose", (3, 5, 7), function=lambda x: x.mT)
    case("transpose.image", (2, 5, 3, 4), function=lambda x: x.permute(0, 2, 1, 3))
    case("add.embedding", (2, 5, 6), (5, 6), function=lambda x, table: x + table)
    case("rows", (5, 6), function=lambda x: x[[3, 0, 3, 3, 4, 1]])
    case("repeat", (1, 1, 6), function=lambda x: x.expand(3, 1, 6))
    pick = torch.tensor([True, False, False, True]).reshape(4, 1, 1)
    case("replaceSamples", (4, 2, 6), (1, 2, 6), function=lambda a, b: torch.where(pick, b, a))


def generate():
    for declare in (
        arithmetic, activations, products, convolutions, enlargements, colour_filters,
        normalisations, structure,
    ):  # fmt: skip
        declare()
    tensors = dict(INPUTS)
    for name, (inputs, function) in CASES.items():
        inputs = [x.clone().requires_grad_() for x in inputs]
        output = function(*inputs)
        dy = Random(f"{name} dy").normal(*output.shape)
        gradients = torch.autograd.grad(output, inputs, dy)
        tensors |= {f"{name}/output": output, f"{name}/dy": dy}
        tensors |= {f"{name}/input{i}": x for i, x in enumerate(inputs)}
        tensors |= {f"{name}/grad{i}": g for i, g in enumerate(gradients)}
    tensors["timestep_embedding/output"] = timestep_embedding()
    save("ops", tensors)


def timestep_embedding():
    """diffusers' sinusoids as Stable Diffusion's UNet asks for them, 20 channels."""
    from diffusers.models.embeddings import get_timestep_embedding

    timesteps = torch.tensor([0, 1, 17, 500, 999])
    return get_timestep_embedding(timesteps, 20, flip_sin_to_cos=True, downscale_freq_shift=0)
