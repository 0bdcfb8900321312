import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.regions.automaton import NOWHERE
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.pattern import DIGITS, LETTERS, expand
from tests.vision.regions.test_pattern import PATTERNS, as_regular_expression

ALPHABET = DIGITS + LETTERS + "京皖粤使领港澳学警挂航民应急"


def formats(*patterns: str, alphabet: str = ALPHABET) -> Formats:
    return Formats((slots for pattern in patterns for slots in expand(pattern)), alphabet)


@given(
    st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4),
    st.text(alphabet="ABEHIOQXWJ京019", max_size=7),
)
def test_fits_what_one_of_the_patterns_allows(patterns: list[str], text: str) -> None:
    expressions = [as_regular_expression(pattern, LETTERS) for pattern in patterns]
    expected = any(re.fullmatch(expression, text) for expression in expressions)
    assert formats(*patterns).fits(text) == expected


@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4), st.data())
def test_every_prefix_can_be_finished(patterns: list[str], data: st.DataObject) -> None:
    chosen = formats(*patterns)
    prefix, text = chosen.start, ""
    while not chosen.final[prefix]:
        ways = {char: chosen.after(prefix, char) for char in ALPHABET}
        open_ways = {char: way for char, way in ways.items() if way != NOWHERE}
        assert open_ways
        char = data.draw(st.sampled_from(sorted(open_ways)))
        prefix, text = open_ways[char], text + char
    assert chosen.fits(text)


def test_nothing_fits_no_format() -> None:
    none = formats()
    assert not none.fits("")
    assert not none.fits("A")
    assert none.after(none.start, "A") == NOWHERE


def test_the_empty_text_fits_nothing() -> None:
    assert not formats("@").fits("")


def test_shapes_beyond_the_alphabet_are_left_out() -> None:
    latin = formats("京@", "粤#", "@#", alphabet=DIGITS + LETTERS)
    assert latin.fits("A1")
    assert not latin.fits("京A")
    assert not latin.fits("粤1")
    assert len(latin.final) == 3  # nothing, a letter, a letter and a digit


def test_shapes_that_leave_the_same_ends_share_their_states() -> None:
    assert len(formats("(AB|CD|EF|GH)#{3}").final) == 1 + 4 + 4
    assert len(formats("@{3}#{4}", "ABC#{4}", "[A-D]@{2}#{4}").final) == 8


def test_the_table_of_all_regions_stays_small() -> None:
    assert len(Formats.of(["all"], ALPHABET).final) < 2000


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        Formats.of(["xx"], ALPHABET)
