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
from platestream.vision.recognition.fitting import (
    AT_ONCE,
    MOST_EXTENDED,
    Work,
    most_probable_fit,
)
from platestream.vision.recognition.format_rules import FormatRules, Reading, count_fit
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.pattern import DIGITS, LETTERS, expand
from platestream.vision.regions.table import REGIONS, known_names
from tests.vision.recognition.one_at_a_time import most_probable_fit_one_at_a_time

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

# Nearly sure blanks are left out of the search: it may lose this share of a probability, small
# beside the factor of 4.5 by which a format's text may be less probable than what was read.
# A text that no step of an output gives more than 3e-4 is missed, so none below 0.02 is asked for.
PRUNED = 1e-2

outputs = st.lists(
    st.builds(output, st.integers(0, 10_000), st.integers(1, 7), st.sampled_from([0.5, 2.0, 5.0])),
    min_size=1,
    max_size=2,
)
patterns = st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3)


@settings(deadline=None)
@given(outputs, patterns, st.sampled_from([0.2, 0.02]))
def test_finds_what_trying_every_text_finds(
    looks: list[np.ndarray], shapes: list[str], least: float
) -> None:
    chosen = formats(*shapes)
    texts = [text for text in EVERY_TEXT if chosen.fits(text)]
    of = scores(looks, texts)
    found = most_probable_fit(looks, ALPHABET, chosen, least=least)
    if found is None:
        assert of.max() < least * (1 + PRUNED)
    else:
        assert chosen.fits(found.text)
        assert found.score == pytest.approx(of.max(), rel=PRUNED)
        assert found.score == pytest.approx(of[texts.index(found.text)], rel=PRUNED)
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


# -- the same as one prefix at a time, for less work ------------------------------------------

LATIN = DIGITS + LETTERS
EVERYWHERE = Formats.of(known_names(), LATIN)
LONGEST = max(region.longest for region in REGIONS.values())


def plate(text: str, seed: int, *, blur: float, steps: int = 48) -> np.ndarray:
    """An output as a recognizer gives it: characters some steps wide, blanks, and doubts."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(steps, 1 + len(LATIN))) * 2
    scores[:, 0] += 12 - 6 * blur
    for place, char in enumerate(text):
        at = round((place + 0.5) * steps / len(text))
        scores[at - 1 : at + 2, 1 + LATIN.index(char)] += 24 - 14 * blur
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("blur", [0.0, 0.5, 0.8, 1.0, 1.3])
@pytest.mark.parametrize("text", ["AB123CD", "AB12OCD", "8B123C0", "XXXX", "1", "QQQQQQQ"])
def test_finds_what_one_prefix_at_a_time_finds_and_gives_up_where_it_does(
    text: str, blur: float
) -> None:
    for seed in range(2):
        looks = [plate(text, 2 * seed + look, blur=blur) for look in range(1 + seed % 2)]
        read = decode_greedy(looks[0][None], LATIN)[0].text
        least = 0.1 * float(text_probabilities(looks[0][None], [read], LATIN)[0])
        arguments = looks, LATIN, EVERYWHERE
        expected = most_probable_fit_one_at_a_time(*arguments, least=least)
        found = most_probable_fit(*arguments, least=least)
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            assert found.text == expected.text
            assert found.score == pytest.approx(expected.score, rel=1e-3)  # silent steps left out


@settings(deadline=None)
@given(outputs, patterns, st.sampled_from([0.2, 0.02]))
def test_small_ones_are_found_alike(
    looks: list[np.ndarray], shapes: list[str], least: float
) -> None:
    arguments = looks, ALPHABET, formats(*shapes)
    expected = most_probable_fit_one_at_a_time(*arguments, least=least)
    found = most_probable_fit(*arguments, least=least)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.score == pytest.approx(expected.score, rel=PRUNED)


@pytest.mark.parametrize("blur", [0.0, 0.5, 0.8, 1.0, 1.3, 2.0])
@pytest.mark.parametrize("least", [1e-3, 1e-7, 1e-20])
def test_the_work_is_bounded_however_little_an_output_says(blur: float, least: float) -> None:
    for seed in range(20):
        work = Work()
        looks = [plate("AB12OCD", seed, blur=blur), plate("8B120CD", seed + 1, blur=blur)]
        most_probable_fit(looks, LATIN, EVERYWHERE, least=least, work=work)
        assert work.steps <= LONGEST + 1
        assert work.prefixes < MOST_EXTENDED + AT_ONCE


def test_a_clear_plate_takes_one_prefix_and_one_step_for_each_character() -> None:
    work = Work()
    looks = [plate("AB12OCD", 1, blur=0.0)]
    found = most_probable_fit(looks, LATIN, EVERYWHERE, least=0.05, work=work)
    assert found is not None
    assert found.text == "AB12OCD"
    assert (work.steps, work.prefixes) == (8, 8)


def test_a_wall_takes_no_work_at_all() -> None:
    work = Work()
    walls = [plate("", seed, blur=1.5, steps=84) for seed in range(2)]
    assert most_probable_fit(walls, LATIN, EVERYWHERE, least=1e-9, work=work) is None
    assert (work.steps, work.prefixes) == (0, 0)


def test_many_sure_blanks_change_neither_text_nor_score() -> None:
    blank = np.zeros((40, 1 + len(LATIN)), np.float32)
    blank[:, 0] = 1.0
    short = plate("AB12OCD", 1, blur=0.3)
    long = np.concatenate([blank, short[:20], blank, short[20:], blank])
    one, other = (
        most_probable_fit([look], LATIN, EVERYWHERE, least=1e-3) for look in (short, long)
    )
    assert one is not None
    assert other is not None
    assert one.text == other.text
    assert one.score == pytest.approx(other.score, rel=0.05)  # a blank between repeated ones


def test_a_text_that_cannot_begin_takes_one_step() -> None:
    work = Work()
    assert most_probable_fit([spelt("01")], ALPHABET, formats("@#"), least=0.3, work=work) is None
    assert (work.steps, work.prefixes) == (1, 1)


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


@pytest.mark.parametrize(("lost", "fit"), [(2.5, "mended"), (2.0, "unfit")])
def test_a_far_less_likely_text_does_not_win(lost: float, fit: str) -> None:
    one = reading(confused(letter=0.9, digit=0.09))  # a difference of 2.3
    assert FormatRules(formats("@#"), ALPHABET, most_lost=lost).apply(one)[1] == fit


def test_both_looks_have_a_say() -> None:
    sure, unsure = confused(letter=0.95, digit=0.05), confused(letter=0.3, digit=0.7)
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


def doubted(text: str, place: int, other: str) -> np.ndarray:
    """An output that reads a text with 0.85 at one place, where another character has 0.14."""
    steps = np.full((2 * len(text) + 1, 1 + len(LATIN)), 1e-5, np.float32)
    steps[::2, 0] = 0.999
    for at, char in enumerate(text):
        steps[2 * at + 1, 1 + LATIN.index(char)] = 0.999
    steps[2 * place + 1, 1 + LATIN.index(text[place])] = 0.85
    steps[2 * place + 1, 1 + LATIN.index(other)] = 0.14
    return steps


@pytest.mark.parametrize(
    ("region", "text", "place", "other"),
    [
        ("all", "80ABC123", 0, "6"),
        ("tr", "81AB1234", 0, "3"),
        ("cz", "1AAA123", 3, "4"),
        ("pl", "XD12345", 0, "K"),
        ("pl", "VW12345", 0, "W"),
        ("ua", "AA1234YA", 6, "X"),
        ("us", "ABCD12", 3, "0"),
        ("us", "12345A1", 5, "4"),
        ("us", "123ABC8", 5, "0"),
        ("de", "BAB1234E", 7, "6"),
        ("be", "TXAA123", 0, "1"),
        # Of series that no format of the region has: a clear reading stands all the same.
        ("tr", "1AAA123", 1, "0"),
        ("ru", "A123BD77", 5, "B"),
        ("gb", "AB40CDE", 2, "1"),
    ],
)
def test_a_clear_reading_is_never_overridden(
    region: str, text: str, place: int, other: str
) -> None:
    look = doubted(text, place, other)
    probability = float(text_probabilities(look[None], [text], LATIN)[0])
    one = Reading(decode_greedy(look[None], LATIN)[0], probability, (look,))
    assert one.text.text == text
    assert FormatRules(Formats.of([region], LATIN), LATIN).apply(one)[0].text.text == text
