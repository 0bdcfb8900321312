"""How sure a voted text is: a probability out of what the looks said.

Looks of one vehicle are not independent: the fifth one that says the same adds little, since what
one frame misreads its neighbours misread, too. The weights are set by hand to that end. They are
not fitted: single frames of the Dutch clips are all read rightly, which leaves nothing to fit on.
"""

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


# One look by itself is as sure as it says, since its confidence is calibrated.
_SUREST: Final = 1.0
# Four looks that agree double the odds of the surest one; independent ones would do far more.
_LOOKS: Final = 0.5
# Half of the weight against a text divides its odds by 4.5.
_SHARE: Final = 3.0
# Confidences of single looks end here: the logarithm of the odds of 1 would be infinite.
_EDGE: Final = 0.002


def vote_confidence(agreement: Agreement) -> float:
    """The probability, 0..1, that the voted text is right."""
    sure = min(max(agreement.surest, _EDGE), 1 - _EDGE)
    logit = (
        _SUREST * math.log(sure / (1 - sure))
        + _LOOKS * math.log(max(agreement.looks, 1))
        + _SHARE * (agreement.share - 1)
    )
    return 1 / (1 + math.exp(-logit))
