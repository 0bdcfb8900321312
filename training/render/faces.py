"""The installed type faces for lettering that is no plate: captions, sheets, signs.

A family is for training or for measuring, never both, and always the same whatever is installed: so
what is measured is lettering that no network has seen. The lettering of plates is in ``glyphs.py``.
"""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.render.glyphs import font_folders, tight

if TYPE_CHECKING:
    from pathlib import Path

    from training.render.glyphs import Mask

Purpose = Literal["training", "measuring"]

# One family in five is kept for measuring.
_MEASURING_SHARE = 5
# What a face must be able to draw for a caption: all of it, and no two alike.
_NEEDED = "AEMRSZ0123456789"
# Characters are drawn once at this height and resized from there.
_PIXELS = 72
# A font that is not there after all: a glyph of the "not defined" box.
_ABSENT = "\uffff"


@dataclass(frozen=True, slots=True)
class Face:
    """One face of an installed font file.

    Attributes:
        path: the font file.
        family: the family's name, such as ``Liberation Sans``.
    """

    path: Path
    family: str


def purpose_of(family: str) -> Purpose:
    """Return what a family is for; families of one maker, by first word, are on one side."""
    word = family.split(maxsplit=1)[0].casefold() if family.strip() else ""
    return "measuring" if zlib.crc32(word.encode()) % _MEASURING_SHARE == 0 else "training"


@functools.cache
def faces(purpose: Purpose) -> tuple[Face, ...]:
    """Return the installed faces with Latin letters and digits, sorted by path.

    Raises:
        FileNotFoundError: if none is installed.
    """
    # Drawing characters is what takes long: only of faces that may be chosen.
    found = tuple(
        face
        for face in _installed()
        if purpose_of(face.family) == purpose and _writes_captions(face.path)
    )
    if not found:
        raise FileNotFoundError(f"no type face for {purpose}: see training/README.md")
    return found


@functools.cache
def _installed() -> tuple[Face, ...]:
    found = []
    for folder in font_folders():
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in {".ttf", ".otf", ".ttc"}:
                try:
                    family = ImageFont.truetype(str(path), 24).getname()[0]
                except OSError:
                    continue  # a broken font file, or one without outlines
                found.append(Face(path, family or ""))
    return tuple(found)


def _writes_captions(path: Path) -> bool:
    """Whether a face draws all that is needed, and no two alike."""
    try:
        font = ImageFont.truetype(str(path), 24)
        drawn = {bytes(font.getmask(char)) for char in (*_NEEDED, _ABSENT)}
    except OSError:
        return False
    return len(drawn) == len(_NEEDED) + 1


@functools.lru_cache(maxsize=256)
def _font(path: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), _PIXELS)


def text_mask(face: Face, text: str) -> Mask:
    """Return the ink of a line of text, uint8 ``[h, w]``, 255 where there is ink, cropped to it.

    Raises:
        ValueError: if the face draws nothing for the text.
    """
    font = _font(face.path)
    left, top, right, bottom = font.getbbox(text)
    canvas = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8), 0)
    ImageDraw.Draw(canvas).text((4 - left, 4 - top), text, fill=255, font=font)
    return tight(np.asarray(canvas, np.uint8))
