"""What the recognizer is trained for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from training.recognizer.dataset import IGNORED

if TYPE_CHECKING:
    from torch import Tensor

    from training.recognizer.dataset import Batch
    from training.recognizer.net import Outputs

_BLANK_WEIGHT = 0.5
_COLOR_WEIGHT = 0.1
_ROWS_WEIGHT = 0.1
# Small, since the text must not suffer for it; the head itself learns as fast as with any weight.
_EVIDENCE_WEIGHT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The total to minimise and its parts, as scalars."""

    total: Tensor
    ctc: Tensor
    frame: Tensor
    color: Tensor
    rows: Tensor
    plate: Tensor
    complete: Tensor


def frame_loss(logits: Tensor, frames: Tensor) -> Tensor:
    """Return the cross-entropy at the columns where the renderer knows what stands there.

    It breaks the plateau on which CTC alone starts out: CTC must first discover where characters
    are, this tells it.

    Args:
        logits: ``[N, T, C]``.
        frames: int64 ``[N, T]``.
    """
    if not bool((frames != IGNORED).any()):
        return logits.sum() * 0
    weights = torch.ones(logits.shape[-1])
    weights[0] = _BLANK_WEIGHT
    return functional.cross_entropy(
        logits.flatten(0, 1), frames.flatten(), weight=weights, ignore_index=IGNORED
    )


def total_loss(outputs: Outputs, batch: Batch, frame_weight: float) -> Losses:
    """Return the weighted losses of a batch; outputs are the network's logits."""
    chars, colors, rows, evidence = (output.float() for output in outputs)
    zero = chars.sum() * 0
    read = batch.lengths > 0
    ctc = zero
    if bool(read.any()):
        steps = torch.full((int(read.sum()),), chars.shape[1], dtype=torch.int64)
        ctc = functional.ctc_loss(
            functional.log_softmax(chars[read], 2).transpose(0, 1),
            batch.texts[read],
            steps,
            batch.lengths[read],
            zero_infinity=True,
        )
    frame = frame_loss(chars, batch.frames)
    known = batch.colors != IGNORED
    color = (
        functional.cross_entropy(colors[known], batch.colors[known]) if bool(known.any()) else zero
    )
    two = _binary(rows, batch.rows)
    plate, complete = (_binary(evidence[:, place], batch.evidence[:, place]) for place in (0, 1))
    total = (
        ctc
        + frame_weight * frame
        + _COLOR_WEIGHT * color
        + _ROWS_WEIGHT * two
        + _EVIDENCE_WEIGHT * (plate + complete)
    )
    return Losses(
        total=total,
        ctc=ctc,
        frame=frame,
        color=color,
        rows=two,
        plate=plate,
        complete=complete,
    )


def _binary(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy where the target is not negative, which is unknown."""
    known = targets >= 0
    if not bool(known.any()):
        return logits.sum() * 0
    return functional.binary_cross_entropy_with_logits(logits[known], targets[known])
