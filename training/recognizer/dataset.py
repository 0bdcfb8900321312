"""Batches drawn from the chunks on disk; new chunks are picked up while training runs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from training.recognizer.alphabet import COLORS, MAX_CHARS
from training.recognizer.augment import coarsen, infrared, move, shine
from training.recognizer.chunks import Chunk, chunk_folders, open_chunk
from training.recognizer.net import STEPS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

_STRIDE = 168 / STEPS
IGNORED = -100
# Share of crops shown without colour, as a camera does at night; most cameras have such nights.
_GREY_SHARE = 0.12
_NO_COLOR = COLORS.index("unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One training batch.

    Attributes:
        crops: float32 ``[N, 3, 48, 168]``.
        texts: int64 ``[N, MAX_CHARS]``, zero-padded.
        lengths: int64 ``[N]``; 0 where the text must not train.
        frames: int64 ``[N, STEPS]``: class per column, ``IGNORED`` where nothing is known.
        colors: int64 ``[N]``, ``IGNORED`` where unknown.
        rows: float32 ``[N]``: 1 for two rows, 0 for one, negative where it must not train.
        evidence: float32 ``[N, 2]``: plate and complete, 1 or 0, negative where unknown.
    """

    crops: Tensor
    texts: Tensor
    lengths: Tensor
    frames: Tensor
    colors: Tensor
    rows: Tensor
    evidence: Tensor


def frame_targets(classes: NDArray[np.uint8], centers: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the class that each column should show, int64 ``[STEPS]``.

    The column of a character's centre shows the character; the one half-way to the next shows the
    blank, where there is room for it.
    """
    frames = np.full(STEPS, IGNORED, np.int64)
    columns = np.floor(centers / _STRIDE).astype(int)
    for left, right in itertools.pairwise(columns):
        middle = (left + right) // 2
        if right - left >= 3 and 0 <= middle < STEPS:
            frames[middle] = 0
    for column, place in zip(columns, classes, strict=True):
        if 0 <= column < STEPS:
            frames[column] = place
    return frames


class ChunkPool:
    """Draws examples from rendered and real chunks.

    Args:
        folder: where the chunks are.
        real_share: share of real crops in a batch, while there are any.
        seed: for the draw and the augmentation.
    """

    def __init__(self, folder: Path, *, real_share: float, seed: int) -> None:
        self.folder = folder
        self.real_share = real_share
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.rendered: dict[str, Chunk] = {}
        self.real: dict[str, Chunk] = {}
        self._real_weights: dict[str, NDArray[np.float64]] = {}
        self._order: list[tuple[str, int]] = []
        self.rescan()

    def rescan(self) -> int:
        """Open chunks that appeared, drop those that went; return the number of rendered crops."""
        present = {path.name: path for path in chunk_folders(self.folder)}
        for group in (self.rendered, self.real):
            for name in set(group) - set(present):
                del group[name]
        fresh: list[tuple[str, int]] = []
        for name, path in present.items():
            group = self.real if name.startswith("real") else self.rendered
            if name not in group:
                chunk = open_chunk(path)
                group[name] = chunk
                if group is self.real:
                    weights = chunk.weights.astype(np.float64)
                    self._real_weights[name] = weights / weights.sum()
                else:
                    fresh += [(name, place) for place in range(len(chunk))]
        left = [entry for entry in self._order if entry[0] in self.rendered]
        if fresh:
            # a slow run may never come to the end of an order that began without them
            left += fresh
            left = [left[int(place)] for place in self.rng.permutation(len(left))]
        self._order = left
        return sum(len(chunk) for chunk in self.rendered.values())

    def _next_rendered(self) -> tuple[Chunk, int]:
        """Return the next rendered example of a random order over all chunks."""
        if not self._order:
            entries = [
                (name, place)
                for name, chunk in self.rendered.items()
                for place in range(len(chunk))
            ]
            if not entries:
                raise FileNotFoundError(f"no rendered chunks in {self.folder}")
            self._order = [entries[int(place)] for place in self.rng.permutation(len(entries))]
        name, place = self._order.pop()
        return self.rendered[name], place

    def batch(self, size: int) -> Batch:
        """Return a batch of augmented examples."""
        crops = np.empty((size, 48, 168, 3), np.uint8)
        texts = np.zeros((size, MAX_CHARS), np.int64)
        lengths = np.zeros(size, np.int64)
        frames = np.full((size, STEPS), IGNORED, np.int64)
        colors = np.full(size, IGNORED, np.int64)
        rows = np.full(size, -1.0, np.float32)
        evidence = np.empty((size, 2), np.float32)
        grey = self.rng.random(size) < _GREY_SHARE
        names = list(self.real)
        for slot in range(size):
            is_real = bool(names) and self.rng.random() < self.real_share
            if is_real:
                name = names[int(self.rng.integers(len(names)))]
                chunk = self.real[name]
                place = int(self.rng.choice(len(chunk), p=self._real_weights[name]))
            else:
                chunk, place = self._next_rendered()
            length = int(chunk.lengths[place])
            split = chunk.rows[place] == 0
            crop = chunk.crops[place]
            known = chunk.centers[place, :length].astype(np.float32)
            if is_real:
                crop = coarsen(self.rng, crop)
            crop, columns = move(self.rng, crop, known, split=split, strong=is_real)
            crops[slot] = infrared(self.rng, crop) if grey[slot] else crop
            texts[slot] = chunk.texts[place]
            lengths[slot] = length
            if length and known[0] >= 0:
                frames[slot] = frame_targets(chunk.texts[place, :length], columns)
            elif chunk.blank[place]:
                frames[slot] = 0
            if chunk.colors[place] >= 0:
                colors[slot] = _NO_COLOR if grey[slot] else chunk.colors[place]
            if chunk.rows[place]:
                rows[slot] = float(chunk.rows[place] == 2)
            evidence[slot] = chunk.evidence[place]
        return Batch(
            crops=shine(self.generator, torch.from_numpy(crops), torch.from_numpy(~grey)),
            texts=torch.from_numpy(texts),
            lengths=torch.from_numpy(lengths),
            frames=torch.from_numpy(frames),
            colors=torch.from_numpy(colors),
            rows=torch.from_numpy(rows),
            evidence=torch.from_numpy(evidence),
        )
