import pytest

from platestream.cli.evaluate.outcomes import judge
from tests.cli.conftest import box, labelled, reading

A, B, C = box(0, 0, 100, 30), box(200, 0, 100, 30), box(400, 0, 100, 30)


def test_every_reading_is_a_match_or_a_false_plate() -> None:
    picture = labelled("corners", ("京A1", A), ("沪B2", B))
    outcome = judge(picture, (100, 600), [reading("京A1", A), reading("X", C)], 5.0)
    assert [plate.reading is not None for plate in outcome.plates] == [True, False]
    assert [false.plate_number for false in outcome.false_plates] == ["X"]
    assert outcome.plates[0].is_read
    assert outcome.plates[0].height == 30


@pytest.mark.parametrize(
    ("expected", "got", "read", "forgiven"),
    [
        ("京A12345", "京A12345", True, True),
        ("京A12345", "津A12345", False, True),
        ("京A12345", "A12345", False, True),
        ("京A12345", "津A12346", False, False),
        ("ABC123", "ABC123", True, True),
        ("ABC123", "BC123", False, False),
        ("使12345", "12345", False, False),
    ],
)
def test_only_the_province_character_is_forgiven(
    expected: str, got: str, read: bool, forgiven: bool
) -> None:
    outcome = judge(labelled("box", (expected, A)), (100, 600), [reading(got, A)], 1.0)
    assert outcome.plates[0].is_read is read
    assert outcome.plates[0].is_read_but_province is forgiven


def test_of_a_crop_the_surest_reading_counts_and_none_is_false() -> None:
    readings = [reading("B", A, confidence=0.3), reading("A", A, confidence=0.8)]
    outcome = judge(labelled("crop", ("A", None)), (24, 94), readings, 1.0)
    assert outcome.plates[0].is_read
    assert outcome.plates[0].height == 24
    assert outcome.false_plates == ()
