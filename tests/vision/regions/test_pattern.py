import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.regions.pattern import DIGITS, LETTERS, PatternError, expand, without


def as_regular_expression(pattern: str, letters: str) -> str:
    """The same language in Python's own notation, as a second opinion."""
    pattern = re.sub(r"\[\^([A-Z]+)\]", lambda one: f"[{without(one[1])}]", pattern)
    classes = {"@": f"[{letters}]", "#": "[0-9]", "?": f"[{letters}0-9]"}
    return "".join(classes.get(char, char) for char in pattern)


PATTERNS = (
    "(A|B#|京[01])@{1,2}",
    "@(#(I|O)|X)?",
    "@#{2}[AX]",
    "京?{1,2}",
    "[^IOQ]@{0,2}9",
    "[1-3]{2}",
    "WJ#",
    "@{1,2}#{1,3}[EH]{0,1}",
)


@given(
    st.sampled_from(PATTERNS),
    st.sampled_from([LETTERS, without("IO"), "AB"]),
    st.text(alphabet="ABEHIOQXWJ京019", max_size=6),
)
def test_agrees_with_regular_expressions(pattern: str, letters: str, text: str) -> None:
    numbers = list(expand(pattern, letters))
    ours = any(
        len(slots) == len(text) and all(c in slot for c, slot in zip(text, slots, strict=True))
        for slots in numbers
    )
    assert ours == bool(re.fullmatch(as_regular_expression(pattern, letters), text))


def test_what_the_marks_stand_for() -> None:
    (slots,) = expand("@#?[A-CX2][^A-W]京", "IJ")
    assert [sorted(slot) for slot in slots] == [
        ["I", "J"],
        sorted(DIGITS),
        sorted("IJ" + DIGITS),
        ["2", "A", "B", "C", "X"],
        ["X", "Y", "Z"],
        ["京"],
    ]


def test_each_length_of_a_repetition_is_a_number_of_its_own() -> None:
    assert sorted(map(len, expand("@{1,2}#{0,2}"))) == [1, 2, 2, 3, 3, 4]


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[AB",
        "A]",
        "{2}",
        "A{3,2}",
        "A{x}",
        "[]",
        "#{0}",
        "A{",
        "(A",
        "A)",
        "A|B",
        "(A|B){2}",
        "()",
    ],
)
def test_nonsense_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        list(expand(pattern))


def test_a_set_of_no_letter_is_refused() -> None:
    with pytest.raises(PatternError, match="no characters"):
        list(expand("[^A-Z]"))
