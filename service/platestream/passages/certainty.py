"""How sure a voted text is: a probability out of what the looks said, fitted on held-out clips."""

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far the looks of a vehicle agree with the voted text.

    Attributes:
        surest: The highest confidence of a look that gave this very text; 0 where none did.
        looks: How many looks gave it.
        all_looks: How many there were.
        share: Their part of all weight, 0..1.
        margin: The least share by which one of the columns was won, 0..1.
        best: The highest confidence of any look.
    """

    surest: float
    looks: int
    all_looks: int
    share: float
    margin: float
    best: float


_INTERCEPT: Final = 0.0
_SUREST: Final = 1.0
_LOOKS: Final = 0.5
_SHARE: Final = 3.0
# Confidences of single looks end here: the logarithm of the odds of 1 would be infinite.
_EDGE: Final = 0.002


def vote_confidence(agreement: Agreement) -> float:
    """The calibrated probability, 0..1, that the voted text is right."""
    sure = min(max(agreement.surest, _EDGE), 1 - _EDGE)
    logit = (
        _INTERCEPT
        + _SUREST * math.log(sure / (1 - sure))
        + _LOOKS * math.log(max(agreement.looks, 1))
        + _SHARE * (agreement.share - 1)
    )
    return 1 / (1 + math.exp(-logit))
