"""Pictures with their labels, and the folders that hold them."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from platestream.vision.arrays import UInt8Array
    from training.scenes.geometry import Quad

# High enough that the alteration is what is measured, not one more compression.
_JPEG_QUALITY: Final = 95
_HEAD: Final = (
    "file", "text", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "kind", "split", "variant",
    "color",
)  # fmt: skip
_DONE: Final = "made.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A plate in a picture, or lettering that is none.

    Attributes:
        quad: Its corners in the picture, float32 ``[4, 2]``.
        text: What a plate says (all of it, even where a part cannot be seen), or a caption.
        is_plate: Whether it is a plate.
        color: A plate's background where it is known.
    """

    quad: Quad
    text: str
    is_plate: bool = True
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One made picture.

    Attributes:
        picture: uint8 BGR ``[H, W, 3]``.
        variant: Which form of the condition it has, such as ``left``.
        things: What is labelled in it.
    """

    picture: UInt8Array
    variant: str
    things: Sequence[Thing] = field(default_factory=tuple)


def write_folder(folder: Path, pictures: Iterable[Made], recipe: str) -> Path:
    """Write a condition as a folder, unless it is there already by the same recipe.

    Lettering that is no plate gives rows of ``kind=none`` that nevertheless say where it is.

    Args:
        folder: Where to.
        pictures: Made only if they are needed.
        recipe: What they are made by; a folder of another recipe is replaced.
    """
    done = folder / _DONE
    if done.exists() and done.read_text(encoding="utf-8") == recipe:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEAD)
        for number, made in enumerate(pictures):
            name = f"{number:04d}.jpg"
            options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
            cv2.imwrite(str(folder / name), made.picture, options)
            writer.writerows(_rows(name, made))
    done.write_text(recipe, encoding="utf-8")
    return folder


def _rows(name: str, made: Made) -> list[list[str]]:
    if not made.things:
        return [[name, "", *[""] * 8, "none", "dev", made.variant, ""]]
    return [
        [
            name,
            thing.text,
            *(f"{value:.1f}" for value in np.asarray(thing.quad, np.float64).ravel()),
            "corners" if thing.is_plate else "none",
            "dev",
            made.variant,
            thing.color,
        ]
        for thing in made.things
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a made folder knows of a picture beyond the usual labels.

    Attributes:
        variant: Which form of the condition it has.
        places: Corners of the lettering that is no plate.
        colors: Of its plates, in the order of the labels; empty where unknown.
    """

    variant: str
    places: tuple[tuple[tuple[float, float], ...], ...]
    colors: tuple[str, ...]


def read_notes(folder: Path) -> dict[str, Note]:
    """Read the further columns of a made folder, by file name."""
    notes: dict[str, Note] = {}
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            old = notes.get(row["file"], Note(variant=row["variant"], places=(), colors=()))
            places, colors = old.places, old.colors
            if row["kind"] != "none":
                colors = (*colors, row["color"])
            elif row["x1"]:
                points = ((float(row[f"x{i}"]), float(row[f"y{i}"])) for i in (1, 2, 3, 4))
                places = (*places, tuple(points))
            notes[row["file"]] = Note(variant=row["variant"], places=places, colors=colors)
    return notes
