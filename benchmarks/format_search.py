"""What the search for a text that fits a format costs, beside the same search in its plainest form.

``python -m benchmarks.format_search [--plates 30] [--repeat 3]``

Both search the same outputs in turn in one process, so that the ratio holds when the machine's
speed drifts, and must find the same. Times are processor time of one thread, the least of the
repeats; ``OPENBLAS_NUM_THREADS=1`` keeps numpy to one thread. The plain form, in the tests,
handles one prefix at a time.
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable

import numpy as np

from platestream.vision.arrays import Float32Array
from platestream.vision.recognition.ctc import decode_greedy, text_probabilities
from platestream.vision.recognition.fitting import Fitting, Work, most_probable_fit
from platestream.vision.recognition.format_rules import MOST_LOST
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.pattern import DIGITS, LETTERS
from tests.vision.recognition.one_at_a_time import most_probable_fit_one_at_a_time

_ALPHABET = DIGITS + LETTERS
_STEPS = 84
# How surely a blank stands where nothing else does, as the logarithm of the odds.
_BLANK = 14.0
# How blurred a plate is: one that is clear but fits nothing, a doubtful one, one that can hardly be
# read, and a wall.
_KINDS = {"clear": 0.2, "doubtful": 0.7, "illegible": 1.0, "wall": math.inf}


def plate(generator: np.random.Generator, blur: float) -> Float32Array:
    """An output as a recognizer gives it: characters some steps wide, sure blanks, and doubts.

    Where a character stands up to four others are likely, too, the more the greater the blur.
    """
    scores = generator.normal(size=(_STEPS, 1 + len(_ALPHABET)))
    scores[:, 0] += _BLANK
    for at in range(6, _STEPS, 12):
        symbols = generator.choice(len(_ALPHABET), 5, replace=False) + 1
        likely = np.array([1.0, *generator.uniform(0, 1.4 * blur, 4)])
        for step, height in ((at - 1, 1.0), (at, 1.3), (at + 1, 1.0)):
            scores[step, symbols] += _BLANK * height * np.minimum(likely, 1.0)
            scores[step, 0] -= _BLANK * (1 - blur / 2)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def wall(generator: np.random.Generator) -> Float32Array:
    """An output of what is no plate: at every step a bit of everything."""
    scores = generator.normal(size=(_STEPS, 1 + len(_ALPHABET))) * 2
    scores[:, 0] += _BLANK / 2
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def least_time(search: Callable[[], Fitting | None], repeat: int) -> tuple[float, Fitting | None]:
    """Processor time in ms, the least of ``repeat``, and what was found."""
    times = []
    found = None
    for _ in range(repeat):
        started = time.thread_time()
        found = search()
        times.append(1e3 * (time.thread_time() - started))
    return min(times), found


def main() -> None:
    """Print the times and the ratio for each kind of plate as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plates", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    formats = Formats.of(["all"], _ALPHABET)
    generator = np.random.default_rng(0)
    report: dict[str, object] = {}
    for kind, blur in _KINDS.items():
        plain, product, prefixes, missed = [], [], [], 0
        for _ in range(arguments.plates):
            looks = [plate(generator, blur) if math.isfinite(blur) else wall(generator)]
            read = decode_greedy(looks[0][None], _ALPHABET)[0].text
            least = math.exp(-MOST_LOST) * float(
                text_probabilities(looks[0][None], [read], _ALPHABET)[0]
            )
            work = Work()
            most_probable_fit(looks, _ALPHABET, formats, least=least, work=work)
            slow, expected = least_time(
                lambda looks=looks, least=least: most_probable_fit_one_at_a_time(  # type: ignore[misc]
                    looks, _ALPHABET, formats, least=least
                ),
                arguments.repeat,
            )
            fast, found = least_time(
                lambda looks=looks, least=least: most_probable_fit(  # type: ignore[misc]
                    looks, _ALPHABET, formats, least=least
                ),
                arguments.repeat,
            )
            # Of a wall, and of what is hardly better, the search makes nothing.
            if found and found.text != (expected and expected.text):
                raise SystemExit(f"they differ: {found} and {expected}")
            missed += found is None and expected is not None
            plain.append(slow)
            product.append(fast)
            prefixes.append(work.prefixes)
        report[kind] = {
            "plain_ms": round(statistics.fmean(plain), 2),
            "search_ms": round(statistics.fmean(product), 2),
            "slowest_ms": round(max(product), 2),
            "missed": missed,
            "ratio": round(sum(plain) / sum(product), 1),
            "prefixes": round(statistics.fmean(prefixes)),
        }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
