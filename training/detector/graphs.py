"""The two graphs of a detector as they are exported: uint8 in, what service needs out."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.detector.net import PIXEL_SPREAD, STRIDES, PlateNet

# Proposals given out per picture. A plate makes one or two local maxima, so this leaves room for a
# car park's worth of plates.
PROPOSALS = 32


class Proposals(nn.Module):
    """Pictures in; scores and corners of the best cells out."""

    def __init__(self, net: PlateNet, *, proposals: int = PROPOSALS) -> None:
        super().__init__()
        self.net = copy.deepcopy(net.proposal)
        _take_in_scale(self.net.stem.conv)
        self.proposals = proposals

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``[N,H,W,3]`` uint8 BGR to scores ``[N,K]`` and corners ``[N,K,4,2]`` in pixels."""
        logits, corners = [], []
        maps = self.net(images.permute(0, 3, 1, 2).float())
        for stride, (score, offset) in zip(STRIDES, maps, strict=True):
            # Only local maxima go on, so that one plate does not use up all proposals.
            peak = F.max_pool2d(score, 3, 1, 1)
            logits.append(torch.where(score >= peak, score, score - 100.0).flatten(1))
            corners.append(PlateNet.corners_of(offset, stride))
        best, index = torch.topk(torch.cat(logits, 1), self.proposals, dim=1)
        where = index[:, :, None].expand(-1, -1, 8)
        quads = torch.gather(torch.cat(corners, 1), 1, where)
        return torch.sigmoid(best), quads.reshape(-1, self.proposals, 4, 2)


class Refiner(nn.Module):
    """Patches in; scores and corrections of their corners out."""

    def __init__(self, net: PlateNet) -> None:
        super().__init__()
        self.net = copy.deepcopy(net.refine)
        _take_in_scale(self.net.trunk[0].conv)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``[M,24,72,3]`` uint8 BGR to scores ``[M]`` and corrections ``[M,4,2]``."""
        score, correction = self.net(patches.permute(0, 3, 1, 2).float())
        return torch.sigmoid(score), correction


def _take_in_scale(first: nn.Conv2d) -> None:
    """Let a first convolution take grey values from 0 to 255, instead of a layer before it."""
    with torch.no_grad():
        first.weight.div_(PIXEL_SPREAD)
