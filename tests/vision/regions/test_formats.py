import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.regions.automaton import NOWHERE
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.pattern import DIGITS, LETTERS, expand
from platestream.vision.regions.table import REGIONS, known_names
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


# Layouts as each country's plates are described publicly; letters and digits are drawn at will.
EXAMPLES = {
    "ar": ("ABC123", "AB123CD"),
    "at": ("W12345A", "LL123AB"),
    "be": ("1ABC234", "ABC123"),
    "bg": ("CA1234AB",),
    "br": ("ABC1234", "ABC1D23"),
    "ch": ("ZH123456", "AI1"),
    "cl": ("AB1234", "BCDF12"),
    "cn": (
        *("皖A12345", "京AB1C23", "粤BD12345", "粤B12345D", "京A1234警", "粤Z1A23港"),
        *(
            "使123456",
            "WJ1212345",
            "WJ京1234X",
            "京A1234学",
            "京A1234挂",
            "粤A1234领",
            "京A1234应急",
        ),
    ),
    "cz": ("1A23456", "ABC1234"),
    "de": ("MAB1234", "BA1", "HHAB12H", "FFBAB12E", "THW12345"),
    "dk": ("AB12345",),
    "ee": ("123ABC",),
    "es": ("1234BCD", "M1234AB"),
    "fi": ("ABC123",),
    "fr": ("AB123CD", "1234AB75", "123ABC2A"),
    "gb": ("AB12CDE", "A123BCD", "ABC123D", "ABC1234"),
    "gr": ("ABE1234",),
    "hr": ("ZG1234AB",),
    "hu": ("ABC123", "ABCD123"),
    "ie": ("131D12345", "05D1234"),
    "in": ("MH12AB1234", "DL3CAB1234", "22BH1234AA"),
    "it": ("AB123CD", "RM123456", "AB12345"),
    "lt": ("ABC123",),
    "lu": ("AB1234",),
    "lv": ("AB1234",),
    "nl": ("12ABDF", "AB123D", "1ABD23"),
    "no": ("AB12345",),
    "pe": ("A1B234", "ABC123", "AB1234"),
    "pl": ("WA12345", "WPR1A23", "KR1AC23"),
    "pt": ("AB12CD", "12AB34"),
    "ro": ("B123ABC", "CJ12ABC"),
    "rs": ("BG123AB",),
    "se": ("ABC123", "ABC12D"),
    "si": ("LJ123AB", "MBA1234"),
    "sk": ("BA123AB",),
    "tr": ("34AB1234", "06A12345"),
    "tw": ("ABC1235", "AB1234", "1234AB", "A12345", "1A2345"),
    "ua": ("AA1234BB",),
    "us": ("1ABC234", "ABC1234", "ABC123"),
    "uz": ("01A123BC", "01123ABC"),
    "vn": ("51F12345", "29LD12345", "29B112345"),
}


def test_there_are_examples_of_every_region() -> None:
    assert set(EXAMPLES) == set(REGIONS)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_real_layouts_fit(name: str) -> None:
    chosen = Formats.of([name], ALPHABET)
    assert [text for text in EXAMPLES[name] if not chosen.fits(text)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cn", "皖A1234O"),
        ("cn", "皖A1234I"),
        ("cn", "皖112345"),
        ("cn", "A12345"),
        ("cn", "皖A123456"),
        ("cn", "皖AO12345"),
        ("tw", "123456"),
        ("tw", "ABCD123"),
        ("es", "1234ABC"),
        ("fr", "AO123CD"),
        ("de", "M1234AB"),
        ("ch", "XX1234"),
        ("uz", "01A1234B"),
        ("vn", "51I12345"),
        ("pl", "WA1234O"),
    ],
)
def test_other_layouts_do_not(name: str, text: str) -> None:
    assert not Formats.of([name], ALPHABET).fits(text)


def test_regions_add_up() -> None:
    every = Formats.of(known_names(), ALPHABET)
    for name, texts in EXAMPLES.items():
        assert all(every.fits(text) for text in texts), name
    assert not every.fits("京京京京")


def test_europe_is_all_its_countries() -> None:
    europe = Formats.of(["eu"], ALPHABET)
    assert all(europe.fits(text) for text in (*EXAMPLES["de"], *EXAMPLES["ua"], *EXAMPLES["ie"]))
    assert not europe.fits("皖A12345")


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        Formats.of(["xx"], ALPHABET)
