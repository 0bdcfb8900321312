"""The plate detector: a proposal network on strided features and a refining one on patches.

The *proposal network* is a small residual backbone with a feature pyramid. One head, shared by
strides 8, 16 and 32, predicts per cell a score and the four corners of the plate.
The *refining network* looks again at the best proposals: the picture inside each proposed
quadrilateral (plus a margin) is resampled into a small upright patch, and it predicts a second
score and a correction of the corners in the patch's own coordinates, so that the corners do not
depend on the coarse feature grid. It never sees the canvas, so patches may come from the picture at
full resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDES = (8, 16, 32)
PATCH_HEIGHT = 24
PATCH_WIDTH = 72
PATCH_MARGIN_X = 0.25
PATCH_MARGIN_Y = 0.5
# Samples of the picture that a patch's pixel is averaged from, in each direction. Service takes one
# to four, by how fine the picture is; two is near enough to all of them.
OVERSAMPLING = 2
# What lies outside a picture: the value of the canvases' padding, too.
PAD_VALUE = 114
# Offsets are predicted in units of stride * this, so that typical targets are of order one.
OFFSET_SCALE = 4.0
# Only sets the input's scale; the first normalisation takes the mean away. A power of two and no
# mean: an export takes it into the first convolution without changing a bit of what is computed.
PIXEL_SPREAD = 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetConfig:
    """Widths of the networks; stored in checkpoints so that an export needs no other source."""

    # Multiples of 16: the vector units of CPUs pad anything else up to them anyway.
    widths: tuple[int, ...] = (16, 32, 32, 64, 96)
    # None at stride 4, where a block costs as much as all others together; the last stage's second
    # block widens the view to plates that fill the picture.
    blocks: tuple[int, ...] = (0, 1, 2, 2)
    pyramid: int = 32
    refine_widths: tuple[int, ...] = (16, 32, 64)


class ConvBlock(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.03)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[N,inputs,H,W]`` to ``[N,outputs,H/stride,W/stride]``."""
        return F.relu(self.norm(self.conv(x)), inplace=True)


class ResidualBlock(nn.Module):
    """Two dense 3x3 convolutions with a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = ConvBlock(width, width)
        self.conv = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width, momentum=0.03)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return F.relu(x + self.norm(self.conv(self.first(x))), inplace=True)


class LevelBlock(nn.Module):
    """Convolution, normalisation, ReLU shared by the pyramid's levels, with statistics of each.

    In training each level is normalised by itself; with statistics of all levels together, service
    would compute something else, worst at the level of the largest plates.
    """

    def __init__(self, width: int, levels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(width, momentum=0.03) for _ in range(levels)])
        for norm in self.norms[1:]:
            norm.weight, norm.bias = self.norms[0].weight, self.norms[0].bias

    def forward(self, x: Tensor, level: int) -> Tensor:
        """Keep the shape."""
        return F.relu(self.norms[level](self.conv(x)), inplace=True)


class ProposalNet(nn.Module):
    """Backbone, pyramid and shared head: per cell one score logit and eight corner offsets."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        w = config.widths
        self.stem = ConvBlock(3, w[0], stride=2)
        stages = []
        for i, count in enumerate(config.blocks):
            layers: list[nn.Module] = [ConvBlock(w[i], w[i + 1], stride=2)]
            layers += [ResidualBlock(w[i + 1]) for _ in range(count)]
            stages.append(nn.Sequential(*layers))
        self.stages = nn.ModuleList(stages)
        p = config.pyramid
        self.lateral = nn.ModuleList([ConvBlock(c, p, kernel=1) for c in w[2:5]])
        self.tower = LevelBlock(p, len(STRIDES))
        # Score and corners in one: a convolution of one channel costs as much as one of sixteen.
        self.head = nn.Conv2d(p, 9, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        with torch.no_grad():
            # A prior of one plate cell in a hundred keeps the first steps from being all negatives;
            # corners start from a plate-shaped rectangle instead of a point.
            self.head.bias.copy_(
                torch.tensor([-5.75, -1.0, -0.35, 1.0, -0.35, 1.0, 0.35, -1.0, 0.35]) * 0.8
            )

    def forward(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Map pictures ``[N,3,H,W]`` (normalised) to per-stride (``[N,1,h,w]``, ``[N,8,h,w]``)."""
        x = self.stem(x)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        c3, c4, c5 = features[1:]
        top = self.lateral[2](c5)
        middle = self.lateral[1](c4) + F.interpolate(top, scale_factor=2.0, mode="nearest")
        fine = self.lateral[0](c3) + F.interpolate(middle, scale_factor=2.0, mode="nearest")
        outputs = []
        for level, features_of in enumerate((fine, middle, top)):
            out = self.head(self.tower(features_of, level))
            outputs.append((out[:, :1], out[:, 1:]))
        return outputs


class RefineNet(nn.Module):
    """Second look at a proposal's patch: one score logit and eight corner corrections."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        w = config.refine_widths
        self.trunk = nn.Sequential(
            ConvBlock(3, w[0], kernel=5, stride=2),
            ConvBlock(w[0], w[1], stride=2),
            ResidualBlock(w[1]),
            ConvBlock(w[1], w[2], stride=2),
        )
        cells = (PATCH_HEIGHT // 8) * (PATCH_WIDTH // 8)
        self.hidden = nn.Linear(w[2] * cells, 96)
        self.out = nn.Linear(96, 9)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Map patches ``[M,3,24,72]`` to score logits ``[M]`` and corrections ``[M,4,2]``.

        Corrections are in the patch's plate coordinates: 1 is the plate's width or height.
        """
        x = self.trunk(patches).flatten(1)
        out = self.out(F.relu(self.hidden(x))).float()
        return out[:, 0], out[:, 1:].reshape(-1, 4, 2)


class PlateNet(nn.Module):
    """Both networks, trained together and exported apart."""

    def __init__(self, config: NetConfig | None = None) -> None:
        super().__init__()
        self.config = config or NetConfig()
        self.proposal = ProposalNet(self.config)
        self.refine = RefineNet(self.config)

    @staticmethod
    def normalise(images: Tensor) -> Tensor:
        """Map uint8 pictures ``[N,H,W,3]`` BGR to float ``[N,3,H,W]`` of order one."""
        return images.permute(0, 3, 1, 2).float() / PIXEL_SPREAD

    def propose(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Flatten all cells: score logits ``[N,A]`` and corners ``[N,A,4,2]`` in pixels."""
        logits, corners = [], []
        for stride, (score, offset) in zip(STRIDES, self.proposal(x), strict=True):
            logits.append(score.float().flatten(1))
            corners.append(self.corners_of(offset.float(), stride))
        joined = torch.cat(corners, 1)
        return torch.cat(logits, 1), joined.reshape(joined.shape[0], -1, 4, 2)

    @staticmethod
    def corners_of(offset: Tensor, stride: int) -> Tensor:
        """Map head offsets ``[N,8,h,w]`` to corners ``[N,h*w,8]`` in pixels."""
        n, _, h, w = offset.shape
        centres = cell_centres(h, w, stride, offset.device).repeat(1, 4)
        flat = offset.permute(0, 2, 3, 1).reshape(n, -1, 8)
        return centres[None] + flat * (stride * OFFSET_SCALE)


def cell_centres(height: int, width: int, stride: int, device: torch.device) -> Tensor:
    """Centres ``[height*width, 2]`` (x, y in pixels) of a feature map's cells, row by row."""
    xs = (torch.arange(width, device=device, dtype=torch.float32) + 0.5) * stride - 0.5
    ys = (torch.arange(height, device=device, dtype=torch.float32) + 0.5) * stride - 0.5
    grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
    return torch.stack((grid_x, grid_y), -1).reshape(-1, 2)


def corner_weights(uv: Tensor) -> Tensor:
    """Weights ``[...,P,4]`` of the four corners at plate coordinates ``[...,P,2]``.

    (0, 0) is the plate's own top-left corner, (1, 1) its bottom-right one.
    """
    u, v = uv[..., 0], uv[..., 1]
    return torch.stack(((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v), -1)


def patch_grid(device: torch.device) -> Tensor:
    """Plate coordinates ``[F*24*F*72, 2]`` of a patch's samples, margins included."""
    across, along = PATCH_WIDTH * OVERSAMPLING, PATCH_HEIGHT * OVERSAMPLING
    u = (torch.arange(across, device=device, dtype=torch.float32) + 0.5) / across
    v = (torch.arange(along, device=device, dtype=torch.float32) + 0.5) / along
    u = u * (1 + 2 * PATCH_MARGIN_X) - PATCH_MARGIN_X
    v = v * (1 + 2 * PATCH_MARGIN_Y) - PATCH_MARGIN_Y
    grid_v, grid_u = torch.meshgrid(v, u, indexing="ij")
    return torch.stack((grid_u, grid_v), -1).reshape(-1, 2)


def sample_patches(x: Tensor, quads: Tensor) -> Tensor:
    """Cut patches: pictures ``[N,3,H,W]``, quads ``[N,K,4,2]`` in pixels -> ``[N*K,3,24,72]``.

    The geometry is that of :mod:`platestream.vision.detection.patches`: a pixel's centre has whole
    coordinates, and outside the picture lies the padding's grey.
    """
    n, channels, height, width = x.shape
    k = quads.shape[1]
    across, along = PATCH_WIDTH * OVERSAMPLING, PATCH_HEIGHT * OVERSAMPLING
    points = corner_weights(patch_grid(x.device)) @ quads + 0.5
    size = torch.tensor([width, height], dtype=torch.float32, device=x.device)
    grid = (points * 2 / size - 1).reshape(n, k * along, across, 2)
    grey = PAD_VALUE / PIXEL_SPREAD
    patches = F.grid_sample(x - grey, grid, mode="bilinear", align_corners=False) + grey
    patches = F.avg_pool2d(patches, OVERSAMPLING)
    patches = patches.reshape(n, channels, k, PATCH_HEIGHT, PATCH_WIDTH).transpose(1, 2)
    return patches.reshape(n * k, channels, PATCH_HEIGHT, PATCH_WIDTH)


def refined_corners(quads: Tensor, corrections: Tensor) -> Tensor:
    """Apply corrections ``[...,4,2]`` in plate coordinates to quads ``[...,4,2]`` in pixels."""
    unit = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], device=quads.device)
    return corner_weights(unit + corrections) @ quads
