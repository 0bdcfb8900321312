"""Chunks of pre-rendered training crops on disk.

A chunk is a folder with ``crops.npy`` (uint8 ``[n, 48, 168, 3]``, read through a memory map) and
``labels.npz``. It is written under a temporary name and renamed when complete, so a trainer that
scans the folder never sees half a chunk.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.recognizer.alphabet import COLORS, MAX_CHARS, encode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NO_CENTER = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One crop with its truth.

    Attributes:
        crop: uint8 ``[48, 168, 3]``.
        text: the legible characters; empty where the crop must not train the text.
        centers: column of each character's centre, or empty where unknown.
        color: one of ``COLORS``, or empty where unknown.
        rows: 1 or 2, or 0 where it must not train the row head.
        weight: relative frequency with which the trainer draws it.
        plate: whether it shows a registration plate; None: must not train.
        complete: whether the whole number is legible; None: must not train.
        blank: nothing in it may be read; every column must be blank.
    """

    crop: NDArray[np.uint8]
    text: str
    centers: NDArray[np.float32]
    color: str
    rows: int
    weight: float = 1.0
    plate: bool | None = True
    complete: bool | None = True
    blank: bool = False


def write_chunk(folder: Path, name: str, examples: list[Example]) -> Path:
    """Write a chunk and return its folder.

    Raises:
        ValueError: if there are no examples or a text is not encodable.
    """
    if not examples:
        raise ValueError("a chunk needs examples")
    count = len(examples)
    crops = np.stack([example.crop for example in examples])
    texts = np.zeros((count, MAX_CHARS), np.uint8)
    lengths = np.zeros(count, np.uint8)
    centers = np.full((count, MAX_CHARS), NO_CENTER, np.float16)
    colors = np.full(count, -1, np.int8)
    rows = np.zeros(count, np.uint8)
    weights = np.ones(count, np.float32)
    evidence = np.full((count, 2), -1, np.int8)
    blank = np.zeros(count, np.bool_)
    for place, example in enumerate(examples):
        classes = encode(example.text)
        if len(classes) > MAX_CHARS:
            raise ValueError(f"{len(classes)} characters are more than {MAX_CHARS}")
        texts[place, : len(classes)] = classes
        lengths[place] = len(classes)
        if len(example.centers):
            centers[place, : len(classes)] = example.centers
        if example.color:
            colors[place] = COLORS.index(example.color)
        rows[place] = example.rows
        weights[place] = example.weight
        blank[place] = example.blank
        for column, known in enumerate((example.plate, example.complete)):
            if known is not None:
                evidence[place, column] = known
    target = folder / name
    unfinished = folder / f".{name}.{os.getpid()}"
    unfinished.mkdir(parents=True)
    np.save(unfinished / "crops.npy", crops)
    np.savez(
        unfinished / "labels.npz",
        texts=texts,
        lengths=lengths,
        centers=centers,
        colors=colors,
        rows=rows,
        weights=weights,
        evidence=evidence,
        blank=blank,
    )
    if target.exists():
        shutil.rmtree(target)
    unfinished.rename(target)
    return target


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A chunk opened for reading; arrays as in ``write_chunk``."""

    name: str
    crops: NDArray[np.uint8]
    texts: NDArray[np.uint8]
    lengths: NDArray[np.uint8]
    centers: NDArray[np.float16]
    colors: NDArray[np.int8]
    rows: NDArray[np.uint8]
    weights: NDArray[np.float32]
    evidence: NDArray[np.int8]
    blank: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.crops)


def open_chunk(folder: Path) -> Chunk:
    """Open one chunk; the crops stay on disk until they are used."""
    with np.load(folder / "labels.npz") as labels:
        return Chunk(
            name=folder.name,
            crops=np.load(folder / "crops.npy", mmap_mode="r"),
            texts=labels["texts"],
            lengths=labels["lengths"],
            centers=labels["centers"],
            colors=labels["colors"],
            rows=labels["rows"],
            weights=labels["weights"],
            evidence=labels["evidence"],
            blank=labels["blank"],
        )


def chunk_folders(folder: Path) -> list[Path]:
    """Return the finished chunks of a folder, sorted by name."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
