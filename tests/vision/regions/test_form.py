import pytest

from platestream.vision.regions.form import LONGEST, Form, form
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.pattern import DIGITS, LETTERS, UMLAUTS, fold_umlauts

ALPHABET = DIGITS + LETTERS + UMLAUTS + "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("regions", "text", "expected"),
    [
        (["de"], "MÜAB123", "region"),
        (["de"], "A123BC777", "world"),
        (["ru"], "A123BC777", "region"),
        ([], "A123BC777", "world"),
        (["all"], "A123BC777", "region"),
        (["all"], "CH01LANE2", "none"),
        (["all"], "20241231", "region"),  # eight digits are Israel's
        (["de"], "20241231", "world"),
        (["de"], "2024123112", "none"),
        (["all"], "AB\N{REPLACEMENT CHARACTER}123", "none"),
        (["all"], "", "none"),
        (["all"], "A" * LONGEST, "none"),
        (["all"], "A" * (LONGEST + 1), "too_long"),
        ([], "20241231235959", "too_long"),
    ],
)
def test_the_form_of_a_text(regions: list[str], text: str, expected: Form) -> None:
    in_region = Formats.of(regions, ALPHABET).fits(text)
    assert form(text, ALPHABET, in_region=in_region) == expected


def test_umlauts_are_folded_character_by_character() -> None:
    assert fold_umlauts("MÜÖÄ京\N{REPLACEMENT CHARACTER}1") == "MUOA京\N{REPLACEMENT CHARACTER}1"
