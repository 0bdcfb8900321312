"""The look of one plate's marks: type faces, letterforms, weight of strokes, a painter's hand."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from training.render.glyphs import LATIN_FONTS, SIGN_FONTS, available_fonts, font_glyph
from training.render.letterforms import barred_c, plate_letterforms, stroke_variation
from training.render.scripts.script import ScriptGlyph, covers, script_fonts, script_glyph

if TYPE_CHECKING:
    import numpy as np

    from training.render.canvas import Mask
    from training.render.faces import Purpose
    from training.render.kinds import PlateKind
    from training.render.latin.pattern import Format

_LATIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ"
_PLAIN = frozenset(_LATIN)
# Share of plates whose G is a C with a bar, where the format does not say.
_BARRED_G = 0.08
# Brushes and markers, of vehicles whose number somebody painted.
HAND_FONTS = (
    "Humor-Sans",
    "Domestic_Manners",
    "ComicNeue-Bold",
    "Stick-Regular",
    "RocknRollOne-Regular",
    "ReggaeOne-Regular",
    "Breip",
    "dkgBd",
    "El_Abogado_Loco",
    "Dustismo",
    "Winks",
    "CherryBomb-Regular",
    "StayPuft",
    "Klaudia-Bold",
    "TSCu_Comic",
    "Quicksand-Bold",
    "Comfortaa-Bold",
)
# Lettering of plates for measuring: families that no list for training has, and that faces.py
# keeps for measuring too.
MEASURING_FONTS = (
    "PTN77F",
    "PTS75F",
    "PTC75F",
    "PTM75F",
    "UniversalisADFStd-Bold",
    "UniversalisADFStd-BoldCond",
    "BIZUDGothic-Bold",
    "RictyDiminished-Bold",
    "osifont",
)
MEASURING_HAND_FONTS = ("Purisa-Bold", "Junkyard", "PenguinAttack", "kiloji_b", "setofont")


@functools.cache
def latin_fonts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some fonts that are installed and have every letter and digit.

    Raises:
        FileNotFoundError: if none is.
    """
    found = tuple(name for name in available_fonts(names) if covers(name, _LATIN))
    if not found:
        raise FileNotFoundError("no font has all letters: see training/recognizer/README.md")
    return found


class Lettering:
    """How the marks of one plate look.

    Args:
        rng: source of randomness.
        kind: the plate's kind.
        chosen: the plate's format.
        purpose: plates for measuring are in type faces that no plate for training has, where a
            script or a hand has several.

    Raises:
        FileNotFoundError: if no font for them is installed.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        kind: PlateKind,
        chosen: Format,
        purpose: Purpose = "training",
    ) -> None:
        painted = rng.random() < chosen.hand_painted
        names: tuple[str, ...] = SIGN_FONTS if rng.random() < chosen.sign_fonts else LATIN_FONTS
        if purpose == "measuring":
            names = MEASURING_HAND_FONTS if painted else MEASURING_FONTS
        elif painted:
            names = HAND_FONTS
        elif chosen.fonts:
            names = chosen.fonts
        fonts = latin_fonts(names)
        self.font = fonts[int(rng.integers(len(fonts)))]
        self.vary = stroke_variation(rng)
        self.embossed = rng.random() < chosen.emboss
        self._reshape = plate_letterforms(rng, kind)
        share = chosen.barred_g if chosen.barred_g is not None else _BARRED_G
        self._barred = float(rng.uniform(0.3, 0.5)) if rng.random() < share else None
        self._spur = rng.random() < 0.6
        self._low = 1 - rng.uniform(0.7, 1.3) * chosen.low_letters
        self._shake = rng.uniform(0.02, 0.07) if painted else 0.0
        self._script = chosen.script
        self.script_scale, self.script_drop = 1.0, 0.5
        if chosen.script is not None:
            known = script_fonts(chosen.script, purpose)
            self.script_font = known[int(rng.integers(len(known)))]
            self.script_scale = float(rng.uniform(*chosen.script.scale))
            # where smaller marks stand: 0 at the top of the row, 1 at its foot
            self.script_drop = float(rng.uniform(0.35, 1))

    @staticmethod
    def is_plain(mark: str) -> bool:
        """Return whether a mark is a character of the Latin lettering."""
        return mark in _PLAIN

    def mask(self, mark: str) -> Mask:
        """Return the ink of a character of the Latin lettering, before strokes vary."""
        if mark == "G" and self._barred is not None:
            return barred_c(font_glyph(self.font, "C"), self._barred, spur=self._spur)
        return self._reshape(mark, font_glyph(self.font, mark))

    def size(self, mark: str) -> float:
        """Return a Latin character's height, share of the row's."""
        return 1.0 if mark.isdigit() else self._low

    def glyph(self, mark: str) -> ScriptGlyph:
        """Return the ink of a mark of the format's script.

        Raises:
            ValueError: if the format has no script.
        """
        if self._script is None:
            raise ValueError("a format without a script has a mark that is not Latin")
        return script_glyph(self.script_font, self._script.index, mark, self._script.reference)

    def moved(
        self, rng: np.random.Generator, box: tuple[float, float, float, float]
    ) -> tuple[float, float, float, float]:
        """Return a character's box as a painter's hand places it."""
        if not self._shake:
            return box
        x, y, width, height = box
        down, taller, wider = rng.normal(0, self._shake, 3)
        return x, y + down * height, width * (1 - abs(wider)), height * (1 + taller)
