"""The most probable text that fits a format: an exact search over the recognizer's CTC output.

Best first over prefixes. A prefix's bound is the probability that the text begins with it, summed
over all alignments: no text below it can be more probable. So once no bound is above the score of
a whole text, that text is the most probable one that fits, and where all bounds fall below what is
asked for there is none. A prefix is extended only as the formats allow.

Many prefixes are extended at once, the best of those that wait: numpy takes hardly longer for ten
than for one.

A plate that was looked at twice has two outputs; a text's score then is the geometric mean of its
probabilities, and so is the bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.vision.arrays import Float32Array
from platestream.vision.recognition.prefixes import Prefixes
from platestream.vision.regions.automaton import NOWHERE
from platestream.vision.regions.formats import Formats

# So many prefixes may be better than the answer before the search gives up and the text stands as
# it was read. Prefixes of one length exclude each other, so of those that can still win there are
# few. On 310 readings that fitted nothing 200 put no more right than 64.
MOST_BETTER: Final = 64
# Prefixes extended at once: fewer take more steps, more extend ever more that are not needed.
AT_ONCE: Final = 16
# Prefixes extended at all, better or not: what bounds a search whatever it is given. Those 310
# readings took 128 at most.
MOST_EXTENDED: Final = 160


@dataclass(frozen=True, slots=True)
class Fitting:
    """A text that fits, and its score, 0..1: the probability that ``text_probabilities`` gives."""

    text: str
    score: float


@dataclass(slots=True)
class Work:
    """What a search did: prefixes that were extended, and in how many steps."""

    prefixes: int = 0
    steps: int = 0


def most_probable_fit(
    outputs: Sequence[Float32Array],
    alphabet: str,
    formats: Formats,
    *,
    least: float,
    work: Work | None = None,
) -> Fitting | None:
    """Return the most probable text that fits; None where none reaches ``least``.

    Args:
        outputs: One or more looks at the same plate, float32 ``[T, 1 + len(alphabet)]`` each; class
            0 is the blank. Values that are not finite count as 0.
        alphabet: The characters in the order of the classes, as ``formats`` have them.
        formats: What a text must fit.
        least: Smallest score, above 0.
        work: Where to count what the search does.
    """
    work = work if work is not None else Work()
    prefixes = Prefixes(outputs, least)
    if not prefixes.classes.size:
        return None
    letters = prefixes.classes - 1
    rows, scores, begins = prefixes.root()
    states, extended = np.array([formats.start]), np.ones(1)
    # What waits to be extended: bounds; and the shorter prefix's row, the further character's
    # column, the state behind it.
    ahead, links = np.empty(0), np.empty((3, 0), np.int64)
    best, answer = np.nextafter(least, 0.0), None
    while True:
        work.prefixes, work.steps = work.prefixes + len(rows), work.steps + 1
        scores = scores * formats.final[states]
        top = int(scores.argmax())
        if scores[top] > best:
            best, answer = scores[top], rows[top]
        following = formats.next_states.take(states, axis=0).take(letters, axis=1).ravel()
        bounds = begins.ravel()
        grown = ((bounds > best) & (following != NOWHERE)).nonzero()[0]
        if grown.size:
            at, column = np.divmod(grown, len(letters))
            ahead = np.concatenate((ahead, bounds[grown]))
            more = np.array((rows[at], column, following[grown]))
            links = np.concatenate((links, more), axis=1)
        highest = max(best, ahead.max(initial=0.0))
        if np.count_nonzero(extended > highest) >= MOST_BETTER:
            return None
        if highest == best:
            break
        if len(extended) >= MOST_EXTENDED:
            return None
        # Those behind the first ``MOST_BETTER`` cannot lead to an answer any more.
        order = (-ahead).argsort()[:MOST_BETTER]
        bounds, (parents, columns, states) = ahead[order[:AT_ONCE]], links[:, order[:AT_ONCE]]
        ahead, links = ahead[order[AT_ONCE:]], links[:, order[AT_ONCE:]]
        extended = np.concatenate((extended, bounds))
        rows, scores, begins = prefixes.extend(parents, columns)
    if answer is None:
        return None
    return Fitting(prefixes.text(int(answer), alphabet), float(best))
