"""DCCF in PyTorch: filters, both backbones, training mode, and a picture larger than the network's.

Written from the paper (arXiv:2207.04788) and from what the published model computes; names of weights
are the published ones, so that a state dict of this is what the Swift code reads. Weights are functions
of their names (see `hashed`), so that the fixture does not hold them.
"""

import torch
from torch import nn
from torch.nn import functional as F

from layout import Random, channels_first, channels_last, hashed, save

MEAN = torch.tensor([0.485, 0.456, 0.406]).double().reshape(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).double().reshape(1, 3, 1, 1)

# name: backbone, depth, channels, picture size
SIZES = {"issam": ("issam", 4, 8, 16), "idih": ("idih", 4, 8, 32)}


# Colours: [N, 3, H, W] in [0, 1].


def hue(x):
    red, green, blue = x.unbind(1)
    largest, smallest = x.amax(1), x.amin(1)
    chroma = largest - smallest + 1e-7
    angle = torch.where(
        red == largest, ((green - blue) / chroma) % 6,
        torch.where(green == largest, 2 + (blue - red) / chroma, 4 + (red - green) / chroma))
    return torch.where(largest == smallest, 0, angle)[:, None] / 6


def saturation(x):
    largest, smallest = x.amax(1, keepdim=True), x.amin(1, keepdim=True)
    return torch.where(largest == 0, 0, (largest - smallest) / (largest + 1e-7))


def from_hsv(h, s, v):
    h = h % 1
    sector = torch.floor(6 * h)
    f = 6 * h - sector
    p, q, t = v * (1 - s), v * (1 - f * s), v * (1 - (1 - f) * s)
    table = [(v, t, p), (q, v, p), (p, v, t), (p, q, v), (t, p, v), (v, p, q)]
    return sum(torch.cat(channels, 1) * (sector == i) for i, channels in enumerate(table))


def saturate(x, amount):
    """Photoshop's saturation, on HSL."""
    amount = amount.clamp(-0.99, 0.99)
    largest, smallest = x.amax(1, keepdim=True), x.amin(1, keepdim=True)
    chroma, total = largest - smallest, largest + smallest
    light = total / 2
    room = torch.where(light < 0.5, total, 2 - total)
    full = torch.where(room > 0, chroma / room.clamp(min=1e-20), 0)
    reach = torch.where(full >= 1 - amount, full, 1 - amount).clamp(min=1e-20)
    more = x + (x - light) * (1 / reach - 1)
    less = light + (x - light) * (1 + amount)
    return torch.where(chroma == 0, x, torch.where(amount < 0, less, more)).clamp(0, 1)


def affine(x, numbers):
    matrix = numbers[:, :9].unflatten(1, (3, 3))
    return (torch.einsum("nihw,nijhw->njhw", x, matrix) + numbers[:, 9:]).clamp(0, 1)


def tint(x):
    light = (x.amax(1, keepdim=True) + x.amin(1, keepdim=True)) / 2
    return (x + 0.8 - light).clamp(0, 1)


def apply_filters(x, numbers, points=8):
    """value, chroma, tint, filtered, refined: [N, 11, H, W]."""
    hues, slopes, lowest, amount, refinement = numbers.split([12, points, 1, 1, 12], 1)
    value = x.amax(1, keepdim=True)
    shifts = torch.arange(points).to(x).reshape(1, points, 1, 1) / points
    value = (slopes * F.relu(value - shifts)).sum(1, keepdim=True) + lowest.clamp(-0.2, 0.2)
    value = value.clamp(0, 1)
    old = hue(x)
    curved = from_hsv(old, saturation(x), value)
    sat = saturation(saturate(curved, amount))
    coloured = from_hsv(old, sat, value)
    filtered = from_hsv(hue(affine(coloured, hues)), sat, value)
    refined = affine(filtered.detach(), F.normalize(refinement, dim=1))
    chroma = coloured.amax(1, keepdim=True) - coloured.amin(1, keepdim=True)
    return torch.cat([value, chroma, tint(filtered), filtered, refined], 1)


# The network.


class Block(nn.Module):
    def __init__(self, convolution, channels, norm, activation):
        super().__init__()
        norm = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.block = nn.Sequential(convolution, norm, activation)

    def forward(self, x):
        return self.block(x)


def same(i, o, norm, bias=True):
    return Block(nn.Conv2d(i, o, 3, padding=1, bias=bias), o, norm, nn.ReLU())


class Double(nn.Module):
    def __init__(self, i, o, norm):
        super().__init__()
        self.block = nn.Sequential(same(i, o, norm), same(o, o, norm))

    def forward(self, x):
        return self.block(x)


class Down(nn.Module):
    def __init__(self, i, o, norm):
        super().__init__()
        self.convs = Double(i, o, norm)

    def forward(self, x):
        return self.convs(x)


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        inner = max(channels // 16, 8)
        self.attention_transform = nn.Sequential(
            nn.Linear(2 * channels, inner), nn.ReLU(), nn.Linear(inner, channels), nn.Sigmoid())

    def forward(self, x):
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return x * self.attention_transform(pooled)[..., None, None]


class Blur(nn.Module):
    def __init__(self):
        super().__init__()
        bell = torch.exp(-(torch.arange(7) - 3.0) ** 2 / 2)
        weight = bell[:, None] * bell
        self.register_buffer("weight", (weight / weight.sum())[None, None])

    def forward(self, x):
        return F.conv2d(x, self.weight, padding=3)


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.background_gate = Gate(channels)
        self.foreground_gate = Gate(channels)
        self.mix_gate = Gate(channels)
        self.learning_block = nn.Sequential(
            same(channels, channels // 2, True, bias=False),
            same(channels // 2, channels, True, bias=False))
        self.mask_blurring = Blur()

    def forward(self, x, mask):
        mask = F.interpolate(mask, size=x.shape[-2:], mode="bilinear", align_corners=True)
        mask = self.mask_blurring(mask)
        inside = self.learning_block(self.foreground_gate(x)) + self.mix_gate(x)
        return mask * inside + (1 - mask) * self.background_gate(x)


class Up(nn.Module):
    def __init__(self, i, o, attends):
        super().__init__()
        larger = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.upconv = nn.Sequential(larger, same(i, o, False))
        self.convs = Double(2 * o, o, True)
        self.attention = Attention(2 * o) if attends else None

    def forward(self, x, skip, mask):
        x = torch.cat([skip, self.upconv(x)], 1)
        return self.convs(x if self.attention is None else self.attention(x, mask))


class Encoder(nn.Module):
    def __init__(self, channels, make):
        super().__init__()
        inputs = [4] + channels[:-1]
        self.blocks_connected = nn.ModuleDict()
        for i, (before, after) in enumerate(zip(inputs, channels)):
            if i < 2:
                setattr(self, f"block{i}", make(i, before, after))
            else:
                self.blocks_connected[f"block{i}"] = make(i, before, after)

    @property
    def blocks(self):
        return [self.block0, self.block1, *self.blocks_connected.values()]


class Decoder(nn.Module):
    def __init__(self, name, blocks, features):
        super().__init__()
        setattr(self, name, nn.ModuleList(blocks))
        self.conv_attention = nn.Conv2d(features, 1, 1)


class Harmoniser(nn.Module):
    def __init__(self, backbone, depth, channels):
        super().__init__()
        self.backbone = backbone
        if backbone == "issam":
            sizes = [channels << i for i in range(depth)]
            self.encoder = Encoder(sizes, lambda i, a, b: Down(a, b, i >= 2))
            back = sizes[::-1]
            blocks = [Up(a, b, i >= 2) for i, (a, b) in enumerate(zip(back, back[1:]))]
            features = channels
            self.decoder = Decoder("up_blocks", blocks, features)
        else:
            sizes = [channels << i // 2 for i in range(depth)]
            strided = lambda i, a, b: Block(
                nn.Conv2d(a, b, 4, 2, int(i < depth - 1)), b, i >= 2, nn.ELU())
            self.encoder = Encoder(sizes, strided)
            back = sizes[::-1] + [channels // 2]
            blocks = [
                Block(nn.ConvTranspose2d(a, b, 4, 2, int(i > 0)), b, True, nn.ELU())
                for i, (a, b) in enumerate(zip(back, back[1:]))]
            features = channels // 2
            self.decoder = Decoder("deconv_blocks", blocks, features)
        self.get_filters = nn.Conv2d(features, 22, 1)
        self.get_refine = nn.Conv2d(features, 12, 1)

    def features(self, x, mask):
        skips = []
        for i, block in enumerate(self.encoder.blocks):
            if i > 0 and self.backbone == "issam":
                x = F.max_pool2d(x, 2)
            x = block(x)
            skips.append(x)
        skips.pop()
        if self.backbone == "issam":
            for block in self.decoder.up_blocks:
                x = block(x, skips.pop(), mask)
        else:
            for block in self.decoder.deconv_blocks:
                x = block(x)
                x = x + skips.pop() if skips else x
        return x

    def forward(self, picture, mask):
        """Numbers of the filters and the attention."""
        x = self.features(torch.cat([(picture - MEAN) / DEVIATION, mask], 1), mask)
        numbers = torch.cat([self.get_filters(x), self.get_refine(x)], 1)
        return numbers, torch.sigmoid(3 * self.decoder.conv_attention(x))


def load_hashed(network):
    """Each weight by its name; the blur of the mask stays."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.endswith(("num_batches_tracked", "mask_blurring.weight")):
                continue
            numbers = torch.from_numpy(hashed(name, value.numel())).reshape(value.shape)
            kind = name.rsplit(".", 1)[1]
            if kind == "running_var":
                numbers = 1 + 0.3 * numbers
            elif value.dim() == 1:
                is_gain = kind == "weight"
                numbers = (1 if is_gain else 0) + 0.2 * numbers
            else:
                numbers = numbers * (3 / value[0].numel()) ** 0.5
            value.copy_(numbers)
    return network


def full_size(numbers, attention, picture):
    size = picture.shape[-2:]
    larger = lambda x: F.interpolate(x, size=size, mode="bicubic", align_corners=False)
    refined = apply_filters(picture, larger(numbers))[:, 8:]
    return (picture + (refined - picture) * larger(attention)).clamp(0, 1)


def foreground_error(difference, mask, least=100):
    """Squares by the object's area, the mean over pictures."""
    area = difference.shape[1] * mask.sum((1, 2, 3)).clamp(min=least)
    return ((difference**2).sum((1, 2, 3)) / area).mean()


def blurred(x):
    bell = torch.exp(-((torch.arange(5) - 2.0) ** 2) / (2 * 1.5**2)).double()
    bell = bell / bell.sum()
    x = F.pad(x, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(x, (bell[:, None] * bell)[None, None])


def smoothness(numbers, mask, least=100):
    x = numbers * mask
    area = x.shape[1] * mask.sum((1, 2, 3)).clamp(min=least)
    rows = (x[:, :, 1:] - x[:, :, :-1]) ** 2
    columns = (x[..., 1:] - x[..., :-1]) ** 2
    return ((rows.sum((1, 2, 3)) + columns.sum((1, 2, 3))) / area).mean()


def loss(network, picture, mask, target):
    """DCCF's loss at the network's size (its LR configuration)."""
    numbers, attention = network(picture, mask)
    stages = apply_filters(picture, numbers)
    value, chroma, tinted, filtered, refined = stages.split([1, 1, 3, 3, 3], 1)
    result = picture + (refined - picture) * attention
    wanted = target.amax(1, keepdim=True)
    wanted_chroma = wanted - target.amin(1, keepdim=True)
    error = lambda x, y: foreground_error((x - y) * mask, mask)
    terms = {
        "pixels": foreground_error((result - target) / DEVIATION, mask),
        "value": 10 * error(blurred(value), blurred(wanted)),
        "chroma": 10 * error(chroma, wanted_chroma),
        "hue": 10 * error(tinted, tint(target)),
        "filtered": 0.3 * foreground_error(
            (filtered * mask + picture * (1 - mask) - target) / DEVIATION, mask),
        "smoothness": 0.1 * sum(
            smoothness(part, mask) for part in (numbers[:, 12:21], numbers[:, 21:22], numbers[:, :12])),
    }  # fmt: skip
    return sum(terms.values()), terms


def generate():
    tensors = {}
    for name, (backbone, depth, channels, size) in SIZES.items():
        network = load_hashed(Harmoniser(backbone, depth, channels)).double()
        random = Random(f"harmoniser {name}")
        exact = lambda x: x.float().double()
        picture = exact(random.uniform(2, 3, size, size))
        target = exact((picture + 0.1 * random.normal(2, 3, 1, 1)).clamp(0, 1))
        mask = torch.zeros(2, 1, size, size).double()
        mask[0, :, 2 : size // 2, 4 : size - 3] = 1
        mask[1, :, size // 3 : size - 1, 1 : size // 2] = 1
        mask[:, :, size // 3] *= 0.5
        target = mask * target + (1 - mask) * picture
        large = exact(random.uniform(1, 3, 45, 70))
        network.eval()
        numbers, attention = network(picture, mask)
        tensors |= {f"{name}/picture": channels_last(picture), f"{name}/mask": channels_last(mask),
                    f"{name}/target": channels_last(exact(target)),
                    f"{name}/large": channels_last(large),
                    f"{name}/numbers": channels_last(numbers[:1]),
                    f"{name}/attention": channels_last(attention[:1]),
                    f"{name}/full": channels_last(full_size(numbers[:1], attention[:1], large))}  # fmt: skip
        network.train()
        total, terms = loss(network, picture, mask, exact(target))
        total.backward()
        tensors[f"{name}/loss"] = total
        tensors |= {f"{name}/loss/{term}": value for term, value in terms.items()}
        state = network.state_dict()
        tensors |= {f"{name}/running/{key}": value for key, value in state.items() if "running" in key}
        for key, parameter in network.named_parameters():
            if parameter.numel() <= 700:
                tensors[f"{name}/grad/{key}"] = parameter.grad
    save("harmonisation", tensors)
