"""Every series with the numbers that it carries itself."""

import pytest

from platestream.vision.regions.formats import Formats
from platestream.vision.regions.pattern import DIGITS, LETTERS
from platestream.vision.regions.region import Region, Series
from platestream.vision.regions.table import REGIONS

_HAN = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新使领港澳学警挂航民应急"
# With umlauts and with the character that stands for one that is not known.
ALPHABET = DIGITS + LETTERS + _HAN + "ÄÖÜ\N{REPLACEMENT CHARACTER}"
SERIES = [
    pytest.param(region, one, id=f"{name}: {about}")
    for name, region in REGIONS.items()
    for about, one in region.formats.items()
]


@pytest.mark.parametrize(("region", "one"), SERIES)
def test_a_series_allows_its_numbers_and_the_region_refuses_impossible_ones(
    region: Region, one: Series
) -> None:
    alone = Formats(region.numbers_of(one), ALPHABET)
    assert one.valid
    assert [number for number in one.valid if not alone.fits(number)] == []
    if one.impossible:
        whole = Formats(region.numbers(), ALPHABET)
        assert [number for number in one.impossible if whole.fits(number)] == []


@pytest.mark.parametrize(("region", "one"), SERIES)
def test_a_series_says_where_it_can_be_checked(region: Region, one: Series) -> None:
    assert region.title
    assert one.source.strip(" ,;") == one.source != ""


def test_every_pattern_is_of_use() -> None:
    """A pattern none of whose expansions is short enough would be a slip."""
    for name, region in REGIONS.items():
        for about, one in region.formats.items():
            for pattern in one.patterns:
                alone = Series(patterns=(pattern,), source="", valid=(), letters=one.letters)
                assert list(region.numbers_of(alone)), (name, about, pattern)


# Numbers of current series that formats once refused, with all regions on turned into others, and
# impossible ones that they once took; by region.
REFUSED_ONCE = {
    "be": "TXAA123 OAAA123",
    "cz": "1AAA123 1ABB123 1A1234",
    "de": "BAB1234E MA1234H B071234 017123",
    "dk": "AB1234 AB123",
    "in": "DL10CAB1234",
    "pl": "XD12345 VW12345 KR1234 KR123A K123 W0KOWAL W12P1P23",
    "pt": "AK12KA AY01WZ",
    "ru": "A123BC77 A123BC777",
    "tr": "80AB123 81A1234 80ABC123",
    "ua": "AA1234YA AA1234ZA AA1234TZ DC1234AA",
    "us": "123ABC1 001AAA0 ABCD12 A123BC XA1B2C 123A45 ABC1DE 1A23456 12345A1",
}
TAKEN_ONCE = {
    "bg": "CB1234OY",
    "cz": "1D12345 1F12345",
    "dk": "AB00001",
    "fr": "SS123SS",
    "gb": "AB00CDE AB01CDE AB40CDE AB99CDE",
    "hu": "ABCD123",
    "ie": "131Q12345",
    "lu": "IO1234",
    "lv": "IQ1234 WY1234",
    "no": "IO12345 GB12345 AB00001",
    "tr": "00AB123",
    "tw": "ABC4444",
    "uz": "00A123BC",
    "vn": "10A12345 13A12345",
}


@pytest.mark.parametrize("name", sorted(REFUSED_ONCE))
def test_current_series_fit_their_region_and_all(name: str) -> None:
    own, every = Formats.of([name], ALPHABET), Formats.of(["all"], ALPHABET)
    numbers = REFUSED_ONCE[name].split()
    assert [number for number in numbers if not own.fits(number)] == []
    assert [number for number in numbers if not every.fits(number)] == []


@pytest.mark.parametrize("name", sorted(TAKEN_ONCE))
def test_impossible_numbers_do_not(name: str) -> None:
    own = Formats.of([name], ALPHABET)
    assert [number for number in TAKEN_ONCE[name].split() if own.fits(number)] == []


def test_regions_add_up() -> None:
    every, europe = Formats.of(["all"], ALPHABET), Formats.of(["eu"], ALPHABET)
    assert not every.fits("京京京京")
    assert not europe.fits("皖A12345")
    for country in ("ru", "by", "ba", "al", "mk", "me", "md", "is", "li", "cy", "mt", "ge", "xk"):
        numbers = [number for one in REGIONS[country].formats.values() for number in one.valid]
        assert [number for number in numbers if not europe.fits(number)] == []


def test_an_alphabet_without_umlauts_reads_districts_folded() -> None:
    assert Formats.of(["de"], ALPHABET).fits("MÜAB123")
    plain = Formats.of(["de"], DIGITS + LETTERS)
    assert plain.fits("MUAB123")
    assert not plain.fits("MÜAB123")


@pytest.mark.parametrize("text", ["\N{REPLACEMENT CHARACTER}B123CD", "AB\N{REPLACEMENT CHARACTER}"])
def test_a_character_that_is_not_known_fits_nothing(text: str) -> None:
    assert not Formats.of(["all"], ALPHABET).fits(text)
