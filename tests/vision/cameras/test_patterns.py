"""Patterns of camera ids: what they match, which is more specific, what contradicts."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.cameras.patterns import Pattern, PatternSet, ambiguous

WORDS = ["".join(word) for length in range(8) for word in product("abx", repeat=length)]
# Short enough that the ids above tell any two apart.
PATTERNS = st.text("ab*", min_size=1, max_size=4).filter(lambda text: "*" in text)


def ids(pattern: str) -> set[str]:
    """The short ids that a pattern matches, by the regular expression that it stands for."""
    expression = re.compile(".*".join(map(re.escape, pattern.split("*"))))
    return {word for word in WORDS if expression.fullmatch(word)}


@given(PATTERNS)
def test_a_wildcard_stands_for_any_run_and_all_else_for_itself(pattern: str) -> None:
    assert {word for word in WORDS if Pattern.of(pattern).matches(word)} == ids(pattern)


def test_other_special_characters_are_none() -> None:
    assert Pattern.of("lot?[1].*").matches("lot?[1].north")
    assert not Pattern.of("lot?*").matches("lots")


@given(PATTERNS, PATTERNS)
def test_two_patterns_contradict_where_neither_lies_inside_the_other(one: str, other: str) -> None:
    left, right = ids(one), ids(other)
    apart = bool(left & right) and not left <= right and not right <= left

    found = ambiguous(Pattern.of(one), Pattern.of(other))

    assert (found is not None) == (apart or left == right)
    if found is not None:
        assert Pattern.of(one).matches(found)
        assert Pattern.of(other).matches(found)


@given(PATTERNS, PATTERNS)
def test_the_inner_pattern_comes_first(one: str, other: str) -> None:
    if ids(one) < ids(other):
        assert Pattern.of(one).rank < Pattern.of(other).rank


@given(st.lists(PATTERNS, max_size=8))
def test_a_set_finds_what_looking_at_each_pair_finds(given_patterns: list[str]) -> None:
    patterns, taken = PatternSet(), list[str]()
    for pattern in given_patterns:
        clashes = [t for t in taken if ambiguous(Pattern.of(pattern), Pattern.of(t)) is not None]
        refused = patterns.add(pattern)
        assert (refused is not None) == bool(clashes)
        if refused is None:
            taken.append(pattern)
        else:
            assert refused[0] in clashes


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("gate-*", "*-north", "gate-north"),
        ("lot-**", "lot-*", "lot-"),
        ("lot-*", "lot-1*", None),
        ("gate-*", "lot-*", None),
    ],
)
def test_the_witness_is_an_id_of_both(one: str, other: str, both: str | None) -> None:
    assert ambiguous(Pattern.of(one), Pattern.of(other)) == both
