"""What describes a number format: its pattern and how the plate is laid out.

A pattern is written with ``A`` for a letter, ``C`` for a consonant, ``9`` for a digit, ``x`` for
either; ``k`` for one of the format's codes; ``s``, ``d`` and ``w`` for a letter, a digit and a word
of the format's script; two marks in brackets stand one above the other in one cell. ``-``, ``.``
and a space are separators that are drawn but not part of the text, ``*`` is a round or square seal,
and ``|`` a bar over the plate's height; any other character stands for itself, and so does one
after a backslash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.render.chinese_text import DIGITS, pick
from training.render.scripts.script import STACK

if TYPE_CHECKING:
    import numpy as np

    from training.render.scripts.script import Script

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
ROW_BREAK = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One country's (or era's) layout.

    Attributes:
        patterns: the numbers' patterns; two rows are separated by a slash.
        left: lettering on the strip at the left edge, empty for no strip.
        right: what stands at the right edge: ``strip`` (blue, with digits), ``flag``, ``uz`` (a
            flag with letters), ``season`` (two small numbers) or nothing; ``band`` and ``peru`` are
            a band along the top instead.
        strip: the strip's or band's colour.
        backgrounds: names of background colours, equally likely.
        inks: names of ink colours, equally likely; empty for black on light and white on dark.
        header: small words above the number.
        middle: small words between the two rows of a number.
        footer: small words below the number.
        caption: smallest and largest height of these words, share of the plate's.
        aspect: smallest and largest width / height.
        upper: smallest and largest share of the height that the upper of two rows gets.
        fixed_pitch: every character gets a cell of equal width.
        sign_fonts: share of plates in narrow road-sign lettering.
        fonts: the fonts that the number is in, where not the ordinary ones.
        hand_painted: share of plates that somebody painted.
        emboss: share of plates whose marks stand out and catch the light.
        barred_g: share of plates whose G is a C with a short bar, where it is not the usual one.
        low_letters: letters are smaller than digits by this share of their height.
        box: the side of a bar on which a region's number stands smaller: ``left`` or ``right``.
        weight: how often, relative to the other formats of the kind.
        letters: letters in use where not all are.
        codes: what ``k`` stands for, each of one or more characters.
        script: the script of ``s``, ``d``, ``w`` and of captions.
    """

    patterns: tuple[str, ...]
    left: str = ""
    right: str = ""
    strip: str = "blue"
    backgrounds: tuple[str, ...] = ("white",)
    inks: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    caption: tuple[float, float] = (0.1, 0.17)
    aspect: tuple[float, float] = (4.3, 4.8)
    upper: tuple[float, float] = (0.4, 0.5)
    fixed_pitch: float = 0.3
    sign_fonts: float = 0.75
    fonts: tuple[str, ...] = ()
    hand_painted: float = 0.0
    emboss: float = 0.0
    barred_g: float | None = None
    low_letters: float = 0.0
    box: str = ""
    weight: float = 1.0
    letters: str = ALL_LETTERS
    codes: tuple[str, ...] = ()
    script: Script | None = None


def fill(rng: np.random.Generator, pattern: str, letters: str = ALL_LETTERS) -> str:
    """Return a Latin pattern with its classes replaced by random characters, separators kept."""
    return "".join(fill_marks(rng, Format(patterns=(pattern,), letters=letters), pattern))


def fill_marks(rng: np.random.Generator, chosen: Format, pattern: str) -> list[str]:
    """Return the marks of a pattern of a format, separators and row breaks kept.

    Raises:
        ValueError: if the pattern needs codes or a script that the format has not.
    """
    filled: list[str] = []
    literal = False
    stacked: int | None = None
    for mark in pattern:
        if literal:
            filled.append(mark)
        elif mark == "\\":
            literal = True
            continue
        elif mark == "[":
            stacked = len(filled)
        elif mark == "]" and stacked is not None:
            filled[stacked:] = [STACK.join(filled[stacked:])]
            stacked = None
        else:
            filled += _one(rng, chosen, mark)
        literal = False
    return filled


def _one(rng: np.random.Generator, chosen: Format, mark: str) -> list[str]:
    if mark == "A":
        return [pick(rng, chosen.letters)]
    if mark in _CLASSES:
        return [pick(rng, _CLASSES[mark])]
    if mark == "k":
        return list(choose(rng, chosen.codes))
    if mark in "sdw":
        script = chosen.script
        if script is None:
            raise ValueError(f"a format without a script has {mark!r} in its pattern")
        if mark == "s":
            return [choose(rng, script.letters)]
        return [pick(rng, script.digits) if mark == "d" else choose(rng, script.words)]
    return [mark]


def choose(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    """Return one of the options, each as likely.

    Raises:
        ValueError: if there is none.
    """
    return options[int(rng.integers(len(options)))]
