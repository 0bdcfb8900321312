"""Alignment of texts: which character of one is which of the other, for cut texts, too."""

import math
from functools import lru_cache
from typing import Final, NamedTuple

from platestream.passages.confusions import confusion

# In units of a clear substitution. Two gaps cost more than a substitution, so that misread
# characters stay in their column; a confusable one costs half.
_GAP: Final = 0.75
_CONFUSABLE: Final = 0.1
_CONFUSED: Final = 0.5

# A character that two different plates share by chance: 1 of 10 digits, of 20 and more letters.
_CHANCE: Final = 1 / 15
# That an error of the recognizer loses or makes up a character instead of mistaking it.
_SLIP: Final = 0.2
# A reading is never taken for surer or less sure than this: one look is not the world.
_LEAST: Final = 0.02
_MOST: Final = 0.995
# Texts alone never outweigh more than this, or less: e^12 is a certainty beside any motion.
_BOUND: Final = 12.0


class Pair(NamedTuple):
    """A column of an alignment: an index into each text; None for a gap."""

    one: int | None
    other: int | None


@lru_cache(maxsize=8192)
def align(one: str, other: str, *, part: bool = False) -> tuple[Pair, ...]:
    """Align two texts at the least cost of edits.

    Args:
        one: A text.
        other: Another one.
        part: Whether ``other`` may be a part of ``one``: what ``one`` has before and after it then
            costs nothing and is left out.
    """
    rows, columns = len(one), len(other)
    free = 0.0 if part else _GAP
    costs = [[column * _GAP for column in range(columns + 1)]]
    for row in range(1, rows + 1):
        above, line = costs[-1], [row * free]
        for column in range(1, columns + 1):
            lost = free if column == columns else _GAP
            line.append(
                min(
                    above[column - 1] + _substitution(one[row - 1], other[column - 1]),
                    above[column] + lost,
                    line[column - 1] + _GAP,
                )
            )
        costs.append(line)
    pairs: list[Pair] = []
    row, column = rows, columns
    while row or column:
        here = costs[row][column]
        if row and column:
            step = costs[row - 1][column - 1] + _substitution(one[row - 1], other[column - 1])
            if here >= step:
                row, column = row - 1, column - 1
                pairs.append(Pair(row, column))
                continue
        lost = free if column in (0, columns) else _GAP
        if row and here >= costs[row - 1][column] + lost:
            row -= 1
            if lost:
                pairs.append(Pair(row, None))
            continue
        column -= 1
        pairs.append(Pair(None, column))
    return tuple(reversed(pairs))


def _substitution(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return _CONFUSED if confusion(one, other) >= _CONFUSABLE else 1.0


def character_confidence(confidence: float, length: int) -> float:
    """Probability that one character is right, of a text that is right as a whole with another."""
    return float(min(max(confidence, _LEAST), _MOST) ** (1 / max(length, 1)))


@lru_cache(maxsize=8192)
def _compared(one: str, other: str, *, part: bool) -> tuple[int, int, float]:
    """Columns that agree, columns that do not, and how likely those errors are, as a logarithm."""
    same = differing = 0
    logarithm = 0.0
    for pair in align(one, other, part=part):
        if pair.one is not None and pair.other is not None:
            left, right = one[pair.one], other[pair.other]
            if left == right:
                same += 1
                continue
            chance = max(confusion(left, right), confusion(right, left)) / _CHANCE
        else:
            chance = _SLIP
        differing += 1
        logarithm += math.log(chance)
    return same, differing, logarithm


def same_plate(
    one: str, sure_of_one: float, other: str, sure_of_other: float, *, part: bool = False
) -> float:
    """How much more likely two readings are of one plate than of two, as a natural logarithm.

    Args:
        one: A text.
        sure_of_one: Its confidence, 0..1.
        other: Another text.
        sure_of_other: Its confidence.
        part: Whether ``other`` may be a part of ``one``.

    Returns:
        Above 0 for one plate; 0 where there is nothing to compare.
    """
    if not one or not other:
        return 0.0
    same, differing, logarithm = _compared(one, other, part=part)
    right = character_confidence(sure_of_one, len(one)) * character_confidence(
        sure_of_other, len(other)
    )
    agree = right + (1 - right) * _CHANCE
    ratio = same * math.log(agree / _CHANCE) + differing * math.log(1 - right) + logarithm
    return min(max(ratio, -_BOUND), _BOUND)


def same_pseudonym(one: str, sure_of_one: float, other: str, sure_of_other: float) -> float:
    """As :func:`same_plate`, for pseudonyms: of a misread number nothing is alike."""
    if not one or not other:
        return 0.0
    right = min(max(sure_of_one * sure_of_other, _LEAST), _MOST)
    return _BOUND if one == other else math.log(1 - right)
