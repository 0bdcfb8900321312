"""Which characters the recognizer takes for which, and how often, when it errs.

Set by hand from shapes. On the dev pictures the bundled recognizer mistakes 42 characters of 1,255
numbers: 0 for O and 1 for I first, the others once or twice each, too few to count.
"""

from typing import Final

# Probability that a wrong character is the one beside it, both ways.
_PAIRS: Final = {
    "0O": 0.5, "0D": 0.3, "0Q": 0.3, "DO": 0.3, "OQ": 0.3, "1I": 0.5, "1L": 0.2, "IL": 0.2,
    "1T": 0.2, "17": 0.3, "2Z": 0.4, "5S": 0.4, "8B": 0.4, "6G": 0.3, "38": 0.2, "3B": 0.2,
    "68": 0.2, "4A": 0.2, "7T": 0.2, "CG": 0.3, "UV": 0.3, "VY": 0.3, "MN": 0.3, "HN": 0.2,
    "HM": 0.2, "KX": 0.2, "EF": 0.3, "PR": 0.2, "BR": 0.1, "WV": 0.2, "MW": 0.2,
}  # fmt: skip
_ANY: Final = 1 / 36
_CONFUSIONS: Final = {
    ways: chance for pair, chance in _PAIRS.items() for ways in (pair, pair[::-1])
}


def confusion(one: str, other: str) -> float:
    """Probability that a character is read as ``other``, given that it is ``one`` and misread."""
    return _CONFUSIONS.get(one + other, _ANY)
