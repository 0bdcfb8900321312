from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.telemetry.metrics import Metrics
from platestream.vision.recognition.ctc import (
    CtcText,
    aligned_confidences,
    decode_greedy,
    text_probabilities,
)
from platestream.vision.recognition.fitting import most_probable_fit
from platestream.vision.recognition.format_rules import FormatRules, Reading, count_fit
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.pattern import expand

ALPHABET = "AO01"
SHAPES = ("@#", "@{1,3}", "#@#", "A{1,2}[O0]", "[01]{3}", "@@##")


def formats(*patterns: str) -> Formats:
    return Formats((slots for pattern in patterns for slots in expand(pattern)), ALPHABET)


def output(seed: int, steps: int, peak: float) -> np.ndarray:
    """A softmax of noise, the sharper the higher ``peak``."""
    noise = np.random.default_rng(seed).normal(size=(steps, len(ALPHABET) + 1)) * peak
    powers = np.exp(noise - noise.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def spelt(text: str, sure: float = 0.9) -> np.ndarray:
    """An output that reads a text: one step each, blanks between."""
    rest = (1 - sure) / len(ALPHABET)
    steps = np.full((2 * len(text) + 1, len(ALPHABET) + 1), rest, np.float32)
    steps[::2, 0] = sure
    for place, char in enumerate(text):
        steps[2 * place + 1, 1 + ALPHABET.index(char)] = sure
    return steps


def scores(outputs: list[np.ndarray], texts: list[str]) -> np.ndarray:
    each = [
        text_probabilities(np.repeat(one[None], len(texts), axis=0), texts, ALPHABET)
        for one in outputs
    ]
    return np.asarray(np.prod(each, axis=0) ** (1 / len(each)))


EVERY_TEXT = [
    "".join(chars) for length in range(1, 5) for chars in product(ALPHABET, repeat=length)
]

outputs = st.lists(
    st.builds(output, st.integers(0, 10_000), st.integers(1, 7), st.sampled_from([0.5, 2.0, 5.0])),
    min_size=1,
    max_size=2,
)
patterns = st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3)


@settings(deadline=None)
@given(outputs, patterns, st.sampled_from([0.2, 0.02, 1e-6]))
def test_finds_what_trying_every_text_finds(
    looks: list[np.ndarray], shapes: list[str], least: float
) -> None:
    chosen = formats(*shapes)
    texts = [text for text in EVERY_TEXT if chosen.fits(text)]
    of = scores(looks, texts)
    found = most_probable_fit(looks, ALPHABET, chosen, least=least)
    if found is None:
        assert of.max() < least * (1 + 1e-9)
    else:
        assert chosen.fits(found.text)
        assert found.score == pytest.approx(of.max(), rel=1e-6)
        assert found.score == pytest.approx(of[texts.index(found.text)], rel=1e-6)
        assert found.score >= least


def test_without_a_likely_fit_there_is_none() -> None:
    assert most_probable_fit([spelt("A1")], ALPHABET, formats("#@"), least=0.1) is None
    assert most_probable_fit([spelt("A1")], ALPHABET, formats(), least=1e-9) is None


def test_broken_outputs_say_nothing() -> None:
    broken = np.full((5, len(ALPHABET) + 1), np.nan, np.float32)
    assert most_probable_fit([broken], ALPHABET, formats("@#"), least=1e-9) is None


def test_an_output_that_says_nothing_ends_the_search() -> None:
    flat = np.full((60, len(ALPHABET) + 1), 1 / (len(ALPHABET) + 1), np.float32)
    assert most_probable_fit([flat], ALPHABET, formats("?{9}"), least=1e-30) is None


# -- the rules on top of it ---------------------------------------------------------------------


def reading(*looks: np.ndarray) -> Reading:
    (text,) = decode_greedy(looks[0][None], ALPHABET)
    probability = float(scores(list(looks), [text.text])[0])
    return Reading(text, probability, looks)


def confused(*, letter: float, digit: float) -> np.ndarray:
    """``A`` and then an O or a 0."""
    steps = spelt("AO")
    steps[3] = 0.0
    steps[3, 1 + ALPHABET.index("O")] = letter
    steps[3, 1 + ALPHABET.index("0")] = digit
    return steps


def test_a_text_that_fits_stands_as_it_was_read() -> None:
    one = reading(confused(letter=0.4, digit=0.6))
    result, fit = FormatRules(formats("@#", "@{2}"), ALPHABET).apply(one)
    assert result is one
    assert fit == "fits"


def test_letter_and_digit_are_told_apart_by_their_place() -> None:
    one = reading(confused(letter=0.7, digit=0.3))
    assert one.text.text == "AO"
    result, fit = FormatRules(formats("@#"), ALPHABET).apply(one)
    assert (result.text.text, fit) == ("A0", "mended")
    expected = text_probabilities(one.looks[0][None], ["A0"], ALPHABET)[0]
    assert result.probability == pytest.approx(expected, rel=1e-6)
    assert result.probability < one.probability
    assert result.text.confidences == pytest.approx((0.9, 0.3), rel=1e-6)


@pytest.mark.parametrize(("ratio", "fit"), [(0.05, "mended"), (0.2, "unfit")])
def test_a_far_less_likely_text_does_not_win(ratio: float, fit: str) -> None:
    one = reading(confused(letter=0.9, digit=0.09))
    assert FormatRules(formats("@#"), ALPHABET, least_ratio=ratio).apply(one)[1] == fit


def test_both_looks_have_a_say() -> None:
    sure, unsure = confused(letter=0.99, digit=0.01), confused(letter=0.3, digit=0.7)
    rules = FormatRules(formats("@#"), ALPHABET)
    assert rules.apply(reading(sure))[1] == "unfit"
    result, fit = rules.apply(reading(sure, unsure))
    assert fit == "mended"
    assert result.probability == pytest.approx(scores([sure, unsure], ["A0"])[0], rel=1e-6)


def test_no_text_is_invented_where_none_was_read() -> None:
    blank = Reading(CtcText("", ()), 0.5, (spelt("A1", sure=0.21),))
    assert FormatRules(formats("@#"), ALPHABET).apply(blank) == (blank, "unfit")


@settings(deadline=None)
@given(outputs, patterns)
def test_what_comes_out_fits_or_is_what_was_read(
    looks: list[np.ndarray], shapes: list[str]
) -> None:
    one, chosen = reading(*looks), formats(*shapes)
    result, fit = FormatRules(chosen, ALPHABET).apply(one)
    assert chosen.fits(result.text.text) == (fit != "unfit")
    assert (result is one) == (fit != "mended")
    assert len(result.text.confidences) == len(result.text.text)
    assert 0 <= result.probability <= 1


@settings(deadline=None)
@given(outputs)
def test_the_read_text_aligned_is_as_sure_as_it_was_read(looks: list[np.ndarray]) -> None:
    (text,) = decode_greedy(looks[0][None], ALPHABET)
    aligned = aligned_confidences(looks[0], text.text, ALPHABET)
    assert len(aligned) == len(text.text)
    # The most probable path is the greedy one.
    assert aligned == pytest.approx(text.confidences, rel=1e-6)


def test_outcomes_are_counted() -> None:
    metrics = Metrics()
    for fit in ("fits", "mended", "unfit", None):
        for strict in (False, True):
            count_fit(metrics, fit, strict=strict)
    value = metrics.registry.get_sample_value
    counts = {
        outcome: value("platestream_region_fits_total", {"outcome": outcome})
        for outcome in ("fits", "mended", "unfit", "left_out")
    }
    assert counts == {"fits": 2, "mended": 2, "unfit": 1, "left_out": 1}
