"""A script that the reader's alphabet lacks: what its marks look like and how they are written.

A mark is what stands in one cell of a number: a Latin letter or digit, or one or more characters of
a script. In a plate's text a mark of the alphabet stands for itself, a Cyrillic letter that looks
like a Latin one for that, and everything else is ``UNKNOWN``, once for each group of letters that
stands apart: an Arabic word counts as many as its joined runs (two in the word on Tunisian plates),
a word under one Devanagari or Bengali head line counts one, a Hangul syllable or a Kanji one.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, features

from training.render.faces import purpose_of
from training.render.glyphs import available_fonts, plate_font, tight

if TYPE_CHECKING:
    from training.render.canvas import Mask
    from training.render.faces import Purpose

UNKNOWN = "\ufffd"
# A stacked pair of marks in one cell, the upper one first.
STACK = "\n"
# Arabic letters that do not join the next one.
_UNJOINED = frozenset("اأإآدذرزژوؤةىء")
_TWINS = dict(
    zip("АВЕКМНОРСТУХІЅЈ", "ABEKMHOPCTYXISJ", strict=True)  # the left ones are Cyrillic
)
# A character that no font has.
_ABSENT = "\uffff"
# Ink may stand out of a row by this share of its height; more is squeezed.
_OVERHANG = 0.22


@functools.cache
def known_characters() -> frozenset[str]:
    """Return the characters that the recognizer can answer with."""
    # the recognizer's alphabet takes the provinces from this package
    from training.recognizer.alphabet import ALPHABET

    return frozenset(ALPHABET)


def as_text(mark: str) -> str:
    """Return what a mark is in the plate's text."""
    if STACK in mark:
        return "".join(as_text(part) for part in mark.split(STACK))
    if mark in known_characters():
        return mark
    if mark in _TWINS:
        return _TWINS[mark]
    return UNKNOWN * _groups(mark)


def _groups(mark: str) -> int:
    """Return how many groups of letters stand apart in a mark, at least one."""
    groups = 0
    for word in mark.split():
        letters = [char for char in word if not unicodedata.combining(char)]
        groups += 1 + sum(char in _UNJOINED for char in letters[:-1])
    return max(groups, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What plates take from one script.

    Attributes:
        letters: single marks, equally likely.
        digits: ten digits, 0 first; empty where plates have Latin ones.
        words: marks of several characters that belong to the number.
        fonts: file names, without ending, of fonts that have all of it.
        index: face of a font collection.
        reference: a mark that fills a row's height; the others keep their size relative to it.
        scale: smallest and largest height of the marks relative to Latin digits beside them.
    """

    letters: tuple[str, ...] = ()
    digits: str = ""
    words: tuple[str, ...] = ()
    fonts: tuple[str, ...]
    index: int = 0
    reference: str
    scale: tuple[float, float] = (0.9, 1.05)


@dataclass(frozen=True, slots=True)
class ScriptGlyph:
    """The ink of a mark.

    Attributes:
        mask: uint8 ``[h, w]``, cropped to the ink.
        top: where it begins, share of the reference's height below the reference's top.
        height: its height, share of the reference's.
        width: its width, share of the reference's height.
    """

    mask: Mask
    top: float
    height: float
    width: float


@functools.lru_cache(maxsize=8192)
def _drawn(font: str, index: int, mark: str) -> tuple[Mask, int]:
    """Return a mark's ink and the row of the canvas in which it begins."""
    face = plate_font(font, index)
    size = int(face.size)
    canvas = Image.new("L", (size * (len(mark) + 2), size * 3), 0)
    ImageDraw.Draw(canvas).text((size, size), mark, fill=255, font=face)
    ink = np.asarray(canvas, np.uint8)
    rows = np.flatnonzero((ink > 96).any(1))
    return tight(ink), int(rows[0]) if len(rows) else 0


@functools.lru_cache(maxsize=8192)
def script_glyph(font: str, index: int, mark: str, reference: str) -> ScriptGlyph:
    """Return the ink of a mark of a script, measured against the script's reference.

    Raises:
        ValueError: if the font draws nothing for it, or letters must be joined and Pillow is
            without raqm, which joins them.
    """
    if not mark.isascii() and len(mark) > 1 and not features.check("raqm"):
        raise ValueError("Pillow is without raqm: joined letters cannot be drawn")
    whole, start = _drawn(font, index, reference)
    mask, top = _drawn(font, index, mark)
    unit = whole.shape[0]
    above = max((top - start) / unit, -_OVERHANG)
    below = min((top - start + mask.shape[0]) / unit, 1 + _OVERHANG)
    return ScriptGlyph(mask, above, max(below - above, 0.1), mask.shape[1] / unit)


@functools.cache
def script_fonts(script: Script, purpose: Purpose = "training") -> tuple[str, ...]:
    """Return the installed fonts that have all characters of a script and are for a purpose.

    Where all of them are for the other purpose they serve both.

    Raises:
        FileNotFoundError: if none is.
    """
    needed = "".join((*script.letters, *script.words, script.digits, script.reference))
    found = [name for name in available_fonts(script.fonts) if covers(name, needed, script.index)]
    if not found:
        raise FileNotFoundError("no font has the script: see training/recognizer/README.md")
    families = {name: str(plate_font(name, script.index).getname()[0]) for name in found}
    chosen = [name for name in found if purpose_of(families[name]) == purpose]
    return tuple(chosen or found)


def covers(font: str, characters: str, index: int = 0) -> bool:
    """Return whether a font has every character: none looks like one that is not there."""
    # small: that a character is there shows at any size
    face = plate_font(font, index).font_variant(size=16)
    absent = bytes(face.getmask(_ABSENT))
    return not any(bytes(face.getmask(char)) == absent for char in set(characters) - {" "})
