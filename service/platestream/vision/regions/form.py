"""What a text's form says for or against its being a registration number.

A reading that no country's formats allow is a caption, a date or a misread far more often than a
plate, however surely its characters were read.
"""

from collections.abc import Iterable
from typing import Final, Literal

from platestream.vision.regions.formats import Formats
from platestream.vision.regions.table import REGIONS, regions_of

Form = Literal["region", "world", "none", "too_long"]
"""A number of a configured region; of some other region of the world; of none; of none, and longer
than any number is."""

LONGEST: Final = max(region.longest for region in REGIONS.values())
"""Most characters of a number anywhere."""


class Forms:
    """Tells the form of texts.

    Args:
        names: The configured regions and groups; with none of them no text has the form ``region``.
        alphabet: The characters that a recognizer knows.

    Raises:
        KeyError: if a name is not known.
    """

    def __init__(self, names: Iterable[str], alphabet: str) -> None:
        chosen = tuple(names)
        self._own: Final = Formats.of(chosen, alphabet)
        # Where all are configured there is no other region to ask for.
        others = set(REGIONS.values()) - set(regions_of(chosen))
        self._world: Final = Formats.of(["all"], alphabet) if others else None

    def of(self, text: str) -> Form:
        """Return the form of a text without separators; the empty text has none.

        Some microseconds: a step of the automaton for each character.
        """
        if len(text) > LONGEST:
            return "too_long"
        if self._own.fits(text):
            return "region"
        return "world" if self._world is not None and self._world.fits(text) else "none"
