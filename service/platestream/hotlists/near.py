"""Numbers that a reading may be instead: one character that the recognizer confuses.

A reading is right with its confidence ``c``. If it is not, one of its characters is taken to be
wrong: the one at place ``i`` with the share that its own confidence leaves it, and then it is ``x``
with the share that ``x`` has among all that would be read like that. So a number that differs there
has the probability ``(1 - c) * share(i) * share(x)``. Only characters that the recognizer is known
to confuse are tried, which makes some thirty numbers to look up.
"""

import string
from collections.abc import Iterator, Sequence
from typing import Final

from platestream.passages.confusions import confusion

_CHARACTERS: Final = string.digits + string.ascii_uppercase
# What a reading has where the recognizer does not know the character.
_UNKNOWN: Final = "\ufffd"
# From here on two characters count as confusable; what is left is any character for any other.
_CONFUSABLE: Final = 0.1


def _alternatives(read: str) -> tuple[tuple[str, float], ...]:
    chances = {char: confusion(char, read) for char in _CHARACTERS if char != read}
    total = sum(chances.values())
    return tuple(
        (char, chance / total) for char, chance in chances.items() if chance >= _CONFUSABLE
    )


_ALTERNATIVES: Final = {read: _alternatives(read) for read in _CHARACTERS} | {
    _UNKNOWN: tuple((char, 1 / len(_CHARACTERS)) for char in _CHARACTERS)
}


def near_numbers(
    read: str, confidence: float, char_confidences: Sequence[float], least: float
) -> Iterator[tuple[str, float]]:
    """Numbers that differ from a reading by one confusion, each with its probability.

    Args:
        read: The number as read.
        confidence: 0..1, that all of it is right.
        char_confidences: 0..1 of each character; without them all are taken as equally doubtful.
        least: Numbers of a smaller probability are left out.
    """
    doubt = 1.0 - confidence
    if doubt < least:
        return
    doubts = [1.0 - value for value in char_confidences]
    if _UNKNOWN in read:
        # That character is wrong for certain, and with it as many as there are like it.
        doubts = [float(char == _UNKNOWN) for char in read]
        if sum(doubts) > 1:
            return
    total = sum(doubts)
    if len(doubts) != len(read) or total <= 0:
        doubts, total = [1.0] * len(read), float(len(read))
    for place, char in enumerate(read):
        here = doubt * doubts[place] / total
        if here < least:
            continue
        for other, share in _ALTERNATIVES.get(char, ()):
            if here * share >= least:
                yield read[:place] + other + read[place + 1 :], here * share
