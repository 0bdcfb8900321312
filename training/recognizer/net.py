"""The recognizer's network: a fully convolutional trunk, column features mixed along the row, CTC.

Beside the text it tells the colour, the number of rows, and the evidence for trusting the text:
whether it shows a plate, and a whole one.

Sizes follow one principle: few channels while the picture is large, many once the rows are pooled
away, because at 42 columns width is cheap.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.recognizer.alphabet import CLASSES, COLORS

Outputs = tuple[Tensor, Tensor, Tensor, Tensor]

# Columns of features that the trunk leaves of a crop 168 px wide.
_COLUMNS = 42
# What the evidence is of, in the order of its outputs.
EVIDENCE = ("plate", "complete")
# Each column answers for its left and its right half: narrow characters (a region's number in its
# box, in a crop that shows more than the plate) stand closer than one column.
SUB_COLUMNS = 2
STEPS = _COLUMNS * SUB_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSize:
    """Widths of the network; the defaults are the bundled model's."""

    stem: int = 24
    early: int = 32
    middle: int = 64
    late: int = 96
    wide: int = 128
    columns: int = 160
    heads: int = 4
    mixers: int = 2
    evidence: int = 48
    attentions: int = 2

    def with_attentions(self, count: int) -> NetSize:
        """Return the same size with another number of attention layers."""
        return dataclasses.replace(self, attentions=count)


def _conv(
    inside: int,
    outside: int,
    kernel: int | tuple[int, int],
    stride: int = 1,
    padding: int | tuple[int, int] = 1,
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """A convolution whose result is added to its input."""

    def __init__(self, channels: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        padding = kernel[0] // 2, kernel[1] // 2
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, kernel, 1, padding, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return ``relu(x + conv(x))``."""
        return torch.relu(x + self.body(x))


class Attention(nn.Module):
    """Self-attention along the columns: the whole plate's layout decides O or 0, I or 1."""

    def __init__(self, channels: int, heads: int, columns: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.place = nn.Parameter(torch.zeros(1, columns, channels))
        self.joint = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(
            nn.Linear(channels, 2 * channels),
            nn.ReLU(inplace=True),
            nn.Linear(2 * channels, channels),
        )

    def become_identity(self) -> None:
        """Make it return its input, as a layer that is added to a trained network must."""
        for last in (self.out, self.mlp[2]):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Mix ``[N, T, C]`` and return the same shape."""
        count, steps, channels = x.shape
        joint = self.joint(self.norm(x) + self.place)
        joint = joint.reshape(count, steps, 3, self.heads, channels // self.heads)
        query, key, value = joint.permute(2, 0, 3, 1, 4)
        scale = (channels // self.heads) ** -0.5
        share = torch.softmax((query * scale) @ key.transpose(-1, -2), dim=-1)
        mixed = (share @ value).transpose(1, 2).reshape(count, steps, channels)
        x = x + self.out(mixed)
        return x + self.mlp(self.norm2(x))


class Evidence(nn.Module):
    """Whether the crop shows a plate, and a complete one.

    A cut is at the ends and a cover anywhere, so the first and last columns stand beside the mean
    and the maximum of all; what is no lettering (a frame, a screw, a sheet's texture) comes from
    the trunk, row by row.
    """

    def __init__(self, size: NetSize) -> None:
        super().__init__()
        self.columns = nn.Conv1d(size.columns, size.evidence, 1)
        self.joint = nn.Linear(4 * size.evidence + 2 * 3 * size.wide, size.evidence)
        self.out = nn.Linear(size.evidence, len(EVIDENCE))

    def forward(self, line: Tensor, features: Tensor) -> Tensor:
        """Map columns ``[N, T, C]`` and trunk features ``[N, C, 3, T]`` to logits ``[N, 2]``."""
        columns = torch.relu(self.columns(line.transpose(1, 2)))
        joint = torch.cat(
            [
                columns.mean(dim=2),
                columns.amax(dim=2),
                columns[:, :, 0],
                columns[:, :, -1],
                features.mean(dim=3).flatten(1),
                features.amax(dim=3).flatten(1),
            ],
            dim=1,
        )
        return self.out(torch.relu(self.joint(joint)))


class PlateNet(nn.Module):
    """Crops to character logits per column, colour logits, a two-row logit and evidence logits."""

    def __init__(self, size: NetSize | None = None) -> None:
        super().__init__()
        size = size or NetSize()
        self.size = size
        self.trunk = nn.Sequential(
            _conv(3, size.stem, 5, 2, 2),  # 24 x 84
            _conv(size.stem, size.early, 3),
            nn.MaxPool2d(2),  # 12 x 42
            _conv(size.early, size.middle, 3),
            Residual(size.middle, (3, 3)),
            nn.MaxPool2d((2, 1)),  # 6 x 42
            _conv(size.middle, size.late, 3),
            Residual(size.late, (3, 3)),
            nn.MaxPool2d((2, 1)),  # 3 x 42
            _conv(size.late, size.wide, 3),
        )
        self.collapse = _conv(size.wide, size.columns, (3, 1), 1, 0)  # 1 x 42
        self.mix = nn.Sequential(*(Residual(size.columns, (1, 5)) for _ in range(size.mixers)))
        self.attention = Attention(size.columns, size.heads, _COLUMNS)
        self.further = nn.Sequential(
            *(Attention(size.columns, size.heads, _COLUMNS) for _ in range(size.attentions - 1))
        )
        self.chars = nn.Linear(size.columns, SUB_COLUMNS * CLASSES)
        self.evidence = Evidence(size)
        self.colors = nn.Linear(size.wide, len(COLORS))
        self.rows = nn.Sequential(
            nn.Linear(3 * size.wide, 32), nn.ReLU(inplace=True), nn.Linear(32, 1)
        )

    def forward(self, x: Tensor) -> Outputs:
        """Map normalised crops ``[N, 3, 48, 168]`` to logits.

        Returns:
            characters ``[N, T, C]``, colours ``[N, 6]``, two rows ``[N]``, evidence ``[N, 2]``.
        """
        features = self.trunk(x)
        # rows of features stay apart for the row count: two rows look different above and below
        by_row = features.mean(dim=3)
        line = self.mix(self.collapse(features)).squeeze(2).transpose(1, 2)
        line = self.further(self.attention(line))
        chars = self.chars(line).reshape(-1, STEPS, CLASSES)
        return (
            chars,
            self.colors(by_row.mean(dim=2)),
            self.rows(by_row.flatten(1)).squeeze(1),
            self.evidence(line, features),
        )


class Normalised(nn.Module):
    """The network as it is exported: raw uint8 crops in, probabilities out."""

    def __init__(self, net: PlateNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, crops: Tensor) -> Outputs:
        """Map uint8 ``[N, 48, 168, 3]`` to char, colour, two-row and evidence probabilities."""
        x = (crops.to(torch.float32).permute(0, 3, 1, 2) - 127.5) / 64.0
        chars, colors, rows, evidence = self.net(x)
        return (
            torch.softmax(chars, 2),
            torch.softmax(colors, 1),
            torch.sigmoid(rows),
            torch.sigmoid(evidence),
        )
