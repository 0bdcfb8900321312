"""The look of one plate's marks: type faces, letterforms, weight of strokes, a painter's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.render.glyphs import LATIN_FONTS, SIGN_FONTS, available_fonts, font_glyph
from training.render.letterforms import plate_letterforms, stroke_variation
from training.render.scripts.script import ScriptGlyph, script_fonts, script_glyph

if TYPE_CHECKING:
    import numpy as np

    from training.render.canvas import Mask
    from training.render.kinds import PlateKind
    from training.render.latin.pattern import Format

_PLAIN = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ")


class Lettering:
    """How the marks of one plate look.

    Args:
        rng: source of randomness.
        kind: the plate's kind.
        chosen: the plate's format.

    Raises:
        FileNotFoundError: if no font for them is installed.
    """

    def __init__(self, rng: np.random.Generator, kind: PlateKind, chosen: Format) -> None:
        fonts = available_fonts(SIGN_FONTS if rng.random() < chosen.sign_fonts else LATIN_FONTS)
        self.font = fonts[int(rng.integers(len(fonts)))]
        self.vary = stroke_variation(rng)
        self._reshape = plate_letterforms(rng, kind)
        self._low = 1 - rng.uniform(0.7, 1.3) * chosen.low_letters
        self._shake = rng.uniform(0.02, 0.07) if rng.random() < chosen.hand_painted else 0.0
        self._script = chosen.script
        self.script_scale, self.script_drop = 1.0, 0.5
        if chosen.script is not None:
            known = script_fonts(chosen.script)
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
