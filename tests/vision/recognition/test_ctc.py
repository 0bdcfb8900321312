import math
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.recognition.ctc import decode_greedy, text_probabilities

ALPHABET = "京A1"


def steps(classes: list[int], peak: float = 0.9) -> np.ndarray:
    """Probabilities ``[1, T, 4]`` whose most likely class at each step is the given one."""
    rest = (1 - peak) / len(ALPHABET)
    array = np.full((1, len(classes), len(ALPHABET) + 1), rest, np.float32)
    for time, symbol in enumerate(classes):
        array[0, time, symbol] = peak
    return array


@pytest.mark.parametrize(
    ("classes", "text"),
    [
        ([], ""),
        ([0, 0, 0], ""),
        ([1, 2, 3], "京A1"),
        ([1, 1, 0, 2, 2, 2, 3], "京A1"),
        ([2, 0, 2], "AA"),
        ([2, 2], "A"),
        ([0, 3, 0], "1"),
    ],
)
def test_runs_merge_and_blanks_vanish(classes: list[int], text: str) -> None:
    (decoded,) = decode_greedy(steps(classes), ALPHABET)
    assert decoded.text == text
    assert len(decoded.confidences) == len(text)


def test_the_confidence_is_the_best_of_the_run() -> None:
    array = steps([1, 1, 0, 2])
    array[0, 0, 1], array[0, 1, 1], array[0, 3, 2] = 0.6, 0.8, 0.7
    (decoded,) = decode_greedy(array, ALPHABET)
    assert decoded.confidences == pytest.approx((0.8, 0.7))


@given(st.lists(st.integers(0, 3), max_size=30))
def test_agrees_with_the_definition(classes: list[int]) -> None:
    expected = "".join(ALPHABET[symbol - 1] for symbol, _ in groupby(classes) if symbol)
    assert decode_greedy(steps(classes), ALPHABET)[0].text == expected


@given(
    st.lists(st.lists(st.floats(width=32), min_size=8, max_size=8), min_size=1, max_size=4),
)
def test_any_floats_give_sound_confidences(rows: list[list[float]]) -> None:
    array = np.array(rows, np.float32).reshape(len(rows), 2, 4)
    for decoded in decode_greedy(array, ALPHABET):
        assert len(decoded.text) == len(decoded.confidences)
        assert all(0 <= value <= 1 for value in decoded.confidences)


def test_a_batch_is_decoded_row_by_row() -> None:
    rows = [[1, 2, 0], [0, 0, 0], [3, 0, 3]]
    together = decode_greedy(np.concatenate([steps(row) for row in rows]), ALPHABET)
    assert [d.text for d in together] == ["京A", "", "11"]
    assert together == [decode_greedy(steps(row), ALPHABET)[0] for row in rows]


def test_a_wrong_number_of_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        decode_greedy(np.zeros((1, 2, 9), np.float32), ALPHABET)


def brute_force(probabilities: np.ndarray, text: str) -> float:
    """Sum over every path of classes that collapses to the text."""
    total = 0.0
    for path in product(range(len(ALPHABET) + 1), repeat=len(probabilities)):
        collapsed = "".join(ALPHABET[c - 1] for c, _ in groupby(path) if c)
        if collapsed == text:
            total += math.prod(float(probabilities[t, c]) for t, c in enumerate(path))
    return total


@pytest.mark.parametrize("texts", [("", "A", "京A1"), ("AA", "11", "1"), ("京京京", "", "A1A1")])
def test_text_probabilities_are_those_of_all_alignments(texts: tuple[str, ...]) -> None:
    values = np.random.default_rng(4).random((3, 5, 4)).astype(np.float32)
    values /= values.sum(axis=2, keepdims=True)
    found = text_probabilities(values, texts, ALPHABET)
    expected = [brute_force(row, text) for row, text in zip(values, texts, strict=True)]
    assert found == pytest.approx(expected, rel=1e-5)


def test_text_probabilities_do_not_depend_on_neighbours() -> None:
    values = np.random.default_rng(5).random((2, 6, 4)).astype(np.float32)
    both = text_probabilities(values, ["A", "京A1京"], ALPHABET)
    assert both[0] == text_probabilities(values[:1], ["A"], ALPHABET)[0]


def test_text_probabilities_of_nothing_and_of_broken_outputs() -> None:
    assert text_probabilities(np.zeros((0, 5, 4), np.float32), [], ALPHABET).size == 0
    assert text_probabilities(np.zeros((1, 0, 4), np.float32), [""], ALPHABET).tolist() == [1.0]
    broken = np.full((1, 5, 4), np.nan, np.float32)
    assert text_probabilities(broken, ["A"], ALPHABET).tolist() == [0.0]
