"""What the formats of the configured regions make of a text that was read."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import Float32Array
from platestream.vision.recognition.ctc import CtcText, aligned_confidences
from platestream.vision.recognition.fitting import most_probable_fit
from platestream.vision.regions.form import Form, form
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.region import Region
from platestream.vision.regions.table import regions_of

Fit = Literal["fits", "mended", "unfit"]
"""Whether a text fits as it was read, fits since it was put right, or fits no format."""

# How much less likely a text that fits may be, as a difference of logarithms, before the text
# stands as it was read: 4.5 times. A format chooses between readings that are nearly as likely; it
# does not know every series and must not bend one that it lacks. Of 299 wrong readings 1.0 puts 29
# right, 1.5 37 and 2.3 46; of the times that right ones were held against another country's formats
# they bend 9, 27 and 64 (docs/accuracy/formats.md).
MOST_LOST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Reading:
    """One plate's text, its probability, and the looks at the plate that both come from.

    Attributes:
        text: The text with each character's confidence.
        probability: 0..1, of the whole text; of two looks the geometric mean.
        looks: CTC outputs, float32 ``[T, 1 + alphabet]``, the one whose text it is first.
    """

    text: CtcText
    probability: float
    looks: tuple[Float32Array, ...]


class FormatRules:
    """Puts texts right that fit no format, where the recognizer's own output allows it.

    Args:
        formats: Of the configured regions.
        alphabet: The recognizer's, in the order of its classes.
        most_lost: By how much the logarithm of the probability of a text that fits may be lower
            than that of the text as read for it to be taken instead; not negative.
    """

    def __init__(self, formats: Formats, alphabet: str, *, most_lost: float = MOST_LOST) -> None:
        self._formats = formats
        self._alphabet = alphabet
        self._least_ratio = math.exp(-most_lost)

    def apply(self, reading: Reading) -> tuple[Reading, Fit]:
        """Return the reading as it is, or with the most probable text that fits.

        A plate of which nothing was made out stays without text: a rule must not invent one.
        """
        if self._formats.fits(reading.text.text):
            return reading, "fits"
        least = self._least_ratio * reading.probability
        if not reading.text.text or least <= 0:
            return reading, "unfit"
        found = most_probable_fit(reading.looks, self._alphabet, self._formats, least=least)
        if found is None:
            return reading, "unfit"
        confidences = aligned_confidences(reading.looks[0], found.text, self._alphabet)
        text = CtcText(found.text, confidences)
        return Reading(text, min(1.0, found.score), reading.looks), "mended"


def rules_of(regions: tuple[str, ...], alphabet: str) -> FormatRules | None:
    """Return the rules of some regions; None where there is none.

    Raises:
        KeyError: if a name is not known.
    """
    return _rules_of(regions_of(regions), regions, alphabet) if regions else None


# By the packs, too: a name stands for what the table has under it at the time.
@lru_cache(maxsize=64)  # twice the sets of regions that cameras may have: of two versions
def _rules_of(_packs: tuple[Region, ...], regions: tuple[str, ...], alphabet: str) -> FormatRules:
    return FormatRules(Formats.of(regions, alphabet), alphabet)


def form_of(text: str, alphabet: str, *, fit: Fit | None) -> Form:
    """Return a text's form, given what the configured regions say of it."""
    return form(text, alphabet, in_region=fit in {"fits", "mended"})


def fit_all(
    rules: Iterable[FormatRules | None], readings: Sequence[Reading]
) -> list[tuple[Reading, Fit | None]]:
    """Apply to every reading the rules of its own; without rules nothing changes."""
    return [
        own.apply(one) if own is not None else (one, None)
        for own, one in zip(rules, readings, strict=True)
    ]


def count_fit(metrics: Metrics, fit: Fit | None, *, strict: bool) -> None:
    """Count what the formats said of one plate; nothing where no region is configured.

    Args:
        metrics: Where to.
        fit: What they said.
        strict: Whether a plate that fits no format is left out.
    """
    if fit is not None:
        outcome = "left_out" if strict and fit == "unfit" else fit
        metrics.region_fits.labels(outcome).inc()
