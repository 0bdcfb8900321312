"""Which cell answers for which plate, and what its answer costs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.detector.net import STRIDES, PlateNet, cell_centres, refined_corners, sample_patches

CORNER_WEIGHT = 1.7
REFINE_CORNER_WEIGHT = 2.0
REFINE_SCORE_WEIGHT = 0.5
# Long side in pixels of the plates that a stride answers for; the ranges overlap so that a plate
# near the border is found by either.
LEVEL_RANGES = ((0.0, 96.0), (64.0, 256.0), (176.0, 1e9))
# Half size, in strides, of the area around a plate's centre whose cells answer for it. Less tall
# than wide, as plates are.
CENTRE_X = 1.5
CENTRE_Y = 1.1
# Proposals of each picture that the refining network learns from, beside jittered true plates: the
# strongest background and some on plates, every third so that they are not all neighbours.
BACKGROUND_PROPOSALS = 6
PLATE_PROPOSALS = 3
PROPOSAL_STEP = 3
JITTERED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Labels of a batch.

    quads ``[P,4,2]`` pixels, picture index ``[P]``, trust in corners ``[P]``;
    ignored boxes ``[I,4]`` with picture index ``[I]``.
    """

    quads: Tensor
    picture: Tensor
    trust: Tensor
    ignored: Tensor
    ignored_picture: Tensor

    def to(self, device: torch.device) -> Targets:
        """The same labels on another device."""
        return Targets(
            quads=self.quads.to(device),
            picture=self.picture.to(device),
            trust=self.trust.to(device),
            ignored=self.ignored.to(device),
            ignored_picture=self.ignored_picture.to(device),
        )


def boxes_of(quads: Tensor) -> Tensor:
    """Boxes ``[...,4]`` (x0, y0, x1, y1) around corners ``[...,4,2]``."""
    return torch.cat((quads.amin(-2), quads.amax(-2)), -1)


def paired_iou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of paired boxes ``[...,4]``."""
    low = torch.maximum(a[..., :2], b[..., :2])
    high = torch.minimum(a[..., 2:], b[..., 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    area_a = (a[..., 2:] - a[..., :2]).prod(-1)
    area_b = (b[..., 2:] - b[..., :2]).prod(-1)
    union = area_a + area_b - inter + 1e-6
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1)
    iou = inter / union
    return iou, iou - (hull - union) / (hull + 1e-6)


def grown(boxes: Tensor) -> Tensor:
    """Boxes a pixel larger on each side.

    A small plate whose place is a pixel off, as well as a grid can tell, is no worse a find than a
    large one.
    """
    return boxes + torch.tensor([-1.0, -1.0, 1.0, 1.0], device=boxes.device)


def assign(targets: Targets, height: int, width: int, count: int) -> tuple[Tensor, Tensor]:
    """Match cells to plates by centre.

    Returns:
        Plate index per cell ``[N,A]`` (-1: none) and whether the cell is ignored ``[N,A]``.
    """
    owners, ignored = [], []
    boxes = boxes_of(targets.quads)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = boxes[:, 2:] - boxes[:, :2]
    long_side = size.amax(1)
    order = torch.argsort(size.prod(1), descending=True)
    for stride, (low, high) in zip(STRIDES, LEVEL_RANGES, strict=True):
        h, w = height // stride, width // stride
        cells = cell_centres(h, w, stride, targets.quads.device)
        owner = torch.full((count, h * w), -1, dtype=torch.long, device=cells.device)
        for index in order.tolist():  # small plates last: they win shared cells
            if not low <= float(long_side[index]) < high:
                continue
            distance = (cells - centres[index]).abs()
            near = (distance[:, 0] < CENTRE_X * stride) & (distance[:, 1] < CENTRE_Y * stride)
            owner[int(targets.picture[index]), near] = index
        skip = torch.zeros(count, h * w, dtype=torch.bool, device=cells.device)
        for box, picture in zip(targets.ignored, targets.ignored_picture.tolist(), strict=True):
            inside = ((cells > box[:2]) & (cells < box[2:])).all(1)
            skip[picture] |= inside
        owners.append(owner)
        ignored.append(skip & (owner < 0))
    return torch.cat(owners, 1), torch.cat(ignored, 1)


def corner_loss(pred: Tensor, true: Tensor, trust: Tensor, beta: float) -> Tensor:
    """Smooth-L1 of corners ``[M,4,2]`` relative to plate size, weighted by trust ``[M]``."""
    size = (true.amax(1) - true.amin(1)).prod(-1).clamp(min=16.0).sqrt()
    error = (pred - true) / size[:, None, None]
    loss = F.smooth_l1_loss(error, torch.zeros_like(error), beta=beta, reduction="none")
    return (loss.sum((1, 2)) / 4 * trust).sum()


def proposal_loss(
    logits: Tensor, corners: Tensor, owner: Tensor, ignored: Tensor, targets: Targets
) -> dict[str, Tensor]:
    """Quality focal loss, GIoU and corner loss of the proposal stage."""
    positive = owner >= 0
    quality = torch.zeros_like(logits)
    zero = logits.sum() * 0
    box_part, corner_part = zero, zero
    if positive.any():
        index = owner[positive]
        pred, true = corners[positive], targets.quads[index]
        iou, giou = paired_iou(grown(boxes_of(pred)), grown(boxes_of(true)))
        target = iou.detach().clamp(0.01, 1).sqrt()
        quality[positive] = target
        weight = target.sum().clamp(min=1.0)
        box_part = ((1 - giou) * target).sum() / weight
        corner_part = corner_loss(pred, true, targets.trust[index] * target, 0.1) / weight
    else:
        weight = torch.ones((), device=logits.device)
    probability = torch.sigmoid(logits)
    cost = F.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    cost = cost * (probability.detach() - quality).abs().square()
    score_part = (cost * ~ignored).sum() / weight
    return {"score": score_part, "box": box_part, "corner": CORNER_WEIGHT * corner_part}


def jitter(quads: Tensor, generator: torch.Generator) -> Tensor:
    """Disturb true corners like an early proposal: shift, scale, and each corner by itself."""
    size = (quads.amax(1, keepdim=True) - quads.amin(1, keepdim=True)).clamp(min=4.0)
    centre = quads.mean(1, keepdim=True)
    count = quads.shape[0]
    # Drawn on the CPU whatever the device: the same seed gives the same run.
    shift = torch.randn(count, 1, 2, generator=generator).to(quads) * 0.07
    scale = torch.exp(torch.randn(count, 1, 2, generator=generator).to(quads) * 0.12)
    own = torch.randn(count, 4, 2, generator=generator).to(quads) * 0.05
    return centre + (quads - centre) * scale + (shift + own) * size


def refine_loss(
    net: PlateNet,
    x: Tensor,
    *,
    logits: Tensor,
    corners: Tensor,
    owner: Tensor,
    targets: Targets,
    generator: torch.Generator,
    factor: float = 1.0,
    bf16: bool = False,
) -> dict[str, Tensor]:
    """Score and corner loss of the refining network on jittered plates and on own proposals.

    Args:
        net: both networks.
        x: the pictures that patches are cut from, normalised ``[N,3,h,w]``.
        logits: what the proposal network said, ``[N,A]``.
        corners: where, ``[N,A,4,2]`` in pixels of the pictures that it saw.
        owner: which plate each of its cells answers for.
        targets: the labels, in the same pixels.
        generator: source of the jitter.
        factor: pixels of ``x`` per pixel of the pictures that the proposal network saw.
        bf16: whether the network may run in half precision.
    """
    count = x.shape[0]
    with torch.no_grad():
        tops = []
        for unwanted, amount in ((owner >= 0, BACKGROUND_PROPOSALS), (owner < 0, PLATE_PROPOSALS)):
            ranked = logits.masked_fill(unwanted, -1e4).topk(amount * PROPOSAL_STEP, dim=1)
            tops.append(ranked.indices[:, ::PROPOSAL_STEP])
        top = torch.cat(tops, 1)
        where = top[:, :, None, None].expand(-1, -1, 4, 2)
        proposals = torch.gather(corners, 1, where).reshape(-1, 4, 2)
        proposal_picture = torch.arange(count, device=x.device).repeat_interleave(top.shape[1])
        jittered = torch.cat([jitter(targets.quads, generator) for _ in range(JITTERED)])
        quads = torch.cat((proposals, jittered)).detach()
        picture = torch.cat((proposal_picture, targets.picture.repeat(JITTERED)))
        boxes = boxes_of(quads)
        best = torch.zeros(len(quads), device=x.device)
        plate = torch.full((len(quads),), -1, dtype=torch.long, device=x.device)
        true_boxes = boxes_of(targets.quads)
        for index in range(len(targets.quads)):
            same = picture == targets.picture[index]
            iou, _ = paired_iou(boxes, true_boxes[index].expand_as(boxes))
            better = same & (iou > best)
            best[better] = iou[better]
            plate[better] = index
        sane = (boxes[:, 2:] - boxes[:, :2]).amin(1) > 3
        ignore = ~sane | ((best >= 0.3) & (best < 0.5))
        centres = quads.mean(1)
        for box, where in zip(targets.ignored, targets.ignored_picture.tolist(), strict=True):
            inside = ((centres > box[:2]) & (centres < box[2:])).all(1) & (picture == where)
            ignore |= inside & (best < 0.5)
        keep = ~ignore
        quads, picture, best, plate = quads[keep], picture[keep], best[keep], plate[keep]
        order = torch.argsort(picture, stable=True)
        quads, picture, best, plate = quads[order], picture[order], best[order], plate[order]
        most = int(torch.bincount(picture, minlength=count).max()) if len(picture) else 0
    zero = x.sum() * 0
    if most == 0:
        return {"refine_score": zero, "refine_corner": zero}
    # grid_sample wants the same number per picture: fill up with a dummy and drop it again.
    slots = torch.zeros(count, most, 4, 2, device=x.device)
    start = torch.cumsum(torch.bincount(picture, minlength=count), 0) - torch.bincount(
        picture, minlength=count
    )
    slot = torch.arange(len(picture), device=x.device) - start[picture]
    slots[picture, slot] = quads
    patches = sample_patches(x, (slots + 0.5) * factor - 0.5)[picture * most + slot]
    # Only the network itself may run in half precision: coordinates of hundreds of pixels would
    # lose whole pixels in it.
    with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=bf16):
        score, correction = net.refine(patches.contiguous(memory_format=torch.channels_last))
    positive = best >= 0.5
    target = positive.float()
    probability = torch.sigmoid(score).detach()
    cost = F.binary_cross_entropy_with_logits(score, target, reduction="none")
    # Easy ones fade out.
    cost = cost * (probability - target).abs()
    amount = positive.sum().clamp(min=1)
    score_part = cost.sum() / amount
    corner_part = zero
    if positive.any():
        index = plate[positive]
        pred = refined_corners(quads[positive], correction[positive])
        true = targets.quads[index]
        trust = targets.trust[index]
        exact = corner_loss(pred, true, trust, 0.02)
        # Where only the box is known, move the corners' extremes onto it.
        size = (true.amax(1) - true.amin(1)).prod(-1).clamp(min=16.0).sqrt()
        gap = (boxes_of(pred) - boxes_of(true)) / size[:, None]
        gap_loss = F.smooth_l1_loss(gap, torch.zeros_like(gap), beta=0.02, reduction="none")
        corner_part = (exact + (gap_loss.sum(1) * (1 - trust) * 0.3).sum()) / amount
    return {
        "refine_score": REFINE_SCORE_WEIGHT * score_part,
        "refine_corner": REFINE_CORNER_WEIGHT * corner_part,
    }
