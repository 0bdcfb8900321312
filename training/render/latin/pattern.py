"""What describes a number format: its pattern and how the plate is laid out.

A pattern is written with ``A`` for a letter, ``C`` for a consonant, ``9`` for a digit, ``x`` for
either; ``-``, ``.`` and a space are separators that are drawn but not part of the text, ``*`` is a
round or square seal; any other character stands for itself, and so does one after a backslash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.render.chinese_text import DIGITS, pick

if TYPE_CHECKING:
    import numpy as np

ALL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Many authorities leave out letters that look like digits.
NO_IO = "ABCDEFGHJKLMNPQRSTUVWXYZ"
NO_IOQ = "ABCDEFGHJKLMNPRSTUVWXYZ"
_CLASSES = {
    "A": ALL_LETTERS,
    "C": "BCDFGHJKLPRSTVWXYZ",
    "9": DIGITS,
    "x": DIGITS + ALL_LETTERS,
}
SEPARATORS = "-. *|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One country's (or era's) layout.

    Attributes:
        patterns: the numbers' patterns; two rows are separated by a slash.
        left: lettering on the strip at the left edge, empty for no strip.
        right: what stands at the right edge: ``strip`` (blue, with digits), ``flag``, ``uz`` (a
            flag with letters) or nothing; ``band`` and ``peru`` are a band along the top instead.
        backgrounds: names of background colours, equally likely.
        inks: names of ink colours, equally likely; empty for black on light and white on dark.
        header: small words above the number.
        footer: small words below the number.
        aspect: smallest and largest width / height.
        fixed_pitch: every character gets a cell of equal width.
        sign_fonts: share of plates in narrow road-sign lettering.
        weight: how often, relative to the other formats of the kind.
        letters: letters in use where not all are.
    """

    patterns: tuple[str, ...]
    left: str = ""
    right: str = ""
    backgrounds: tuple[str, ...] = ("white",)
    inks: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    aspect: tuple[float, float] = (4.3, 4.8)
    fixed_pitch: float = 0.3
    sign_fonts: float = 0.75
    weight: float = 1.0
    letters: str = ALL_LETTERS


def fill(rng: np.random.Generator, pattern: str, letters: str = ALL_LETTERS) -> str:
    """Return a pattern with its classes replaced by random characters, separators kept."""
    filled = []
    literal = False
    for mark in pattern:
        if literal or mark not in _CLASSES:
            if mark == "\\" and not literal:
                literal = True
                continue
            filled.append(mark)
        else:
            choices = letters if mark == "A" else _CLASSES[mark]
            filled.append(pick(rng, choices))
        literal = False
    return "".join(filled)


def choose(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    """Return one of the options, each as likely."""
    return options[int(rng.integers(len(options)))]
