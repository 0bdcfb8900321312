import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.cli.evaluate.labels import LabelledPlate
from platestream.cli.evaluate.outcomes import (
    judge,
    plate_height,
    plate_width,
    relative_corner_error,
)
from platestream.vision.matching import bounding_box_iou, match_one_to_one
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


boxes = st.builds(
    box, st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 40)
)


def test_overlap_of_known_boxes() -> None:
    assert bounding_box_iou(box(0, 0, 10, 10), box(0, 0, 10, 10)) == 1
    assert bounding_box_iou(box(0, 0, 10, 10), box(5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert bounding_box_iou(box(0, 0, 10, 10), box(10, 0, 10, 10)) == 0
    assert bounding_box_iou(box(3, 3, 0, 0), box(3, 3, 0, 0)) == 0


def test_tilted_corners_count_by_their_bounding_box() -> None:
    diamond = ((5, 0), (10, 5), (5, 10), (0, 5))
    assert bounding_box_iou(diamond, box(0, 0, 10, 10)) == 1


def test_the_best_pairs_are_made_first_and_nobody_twice() -> None:
    labels = [box(0, 0, 10, 10), box(4, 0, 10, 10)]
    readings = [box(3, 0, 10, 10)]
    assert match_one_to_one(labels, readings) == {1: 0}
    assert match_one_to_one(labels, [*readings, box(0, 0, 11, 10)]) == {1: 0, 0: 1}


def test_half_an_overlap_is_enough_and_less_is_not() -> None:
    label = [box(0, 0, 10, 10)]
    assert match_one_to_one(label, [box(0, 0, 5, 10)]) == {0: 0}
    assert match_one_to_one(label, [box(0, 0, 4, 10)]) == {}


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_matching_is_one_to_one_and_respects_the_bar(
    labels: list[tuple[tuple[int, int], ...]], readings: list[tuple[tuple[int, int], ...]]
) -> None:
    matched = match_one_to_one(labels, readings)
    assert len(set(matched.values())) == len(matched)
    assert all(bounding_box_iou(labels[i], readings[j]) >= 0.5 for i, j in matched.items())
    free_labels = set(range(len(labels))) - set(matched)
    free_readings = set(range(len(readings))) - set(matched.values())
    # Greedy leaves no pair behind that could still be made.
    assert not any(
        bounding_box_iou(labels[i], readings[j]) >= 0.5 for i in free_labels for j in free_readings
    )


def test_sizes_and_corner_error_are_relative_to_the_labelled_plate() -> None:
    label = box(10, 10, 100, 30)
    assert plate_width(label) == 100
    assert plate_height(label) == 30
    assert relative_corner_error(label, box(13, 14, 100, 30)) == pytest.approx(0.05)
    assert relative_corner_error(label, label) == 0


def test_a_plate_without_a_place_is_read_if_one_reading_is_its_text() -> None:
    picture = labelled("text", ("AB123C", None))
    readings = [reading("XY987Z", A), reading("AB123C", B, confidence=0.4)]
    outcome = judge(picture, (100, 600), readings, 1.0)
    assert outcome.plates[0].is_read
    assert outcome.plates[0].reading == readings[1]
    assert outcome.plates[0].height == 30
    assert outcome.false_plates == ()  # the other may be another car's


def test_a_plate_without_a_place_is_misread_by_the_most_similar_reading() -> None:
    picture = labelled("text", ("AB123C", None), ("QQ777Q", None))
    readings = [reading("AB173C", A), reading("AB123", B), reading("XY98Z", C)]
    outcome = judge(picture, (100, 600), readings, 1.0)
    assert [plate.is_read for plate in outcome.plates] == [False, False]
    assert outcome.plates[0].reading == readings[1]
    assert outcome.plates[1].reading is None
    assert outcome.plates[1].height is None


def test_of_equal_texts_the_surest_counts_and_none_counts_twice() -> None:
    readings = [reading("AB123C", A, confidence=0.3), reading("AB123C", B, confidence=0.8)]
    one = judge(labelled("text", ("AB123C", None)), (100, 600), readings, 1.0)
    assert one.plates[0].reading == readings[1]
    two = judge(labelled("text", ("AB123C", None), ("AB123D", None)), (100, 600), readings, 1.0)
    assert [plate.reading for plate in two.plates] == [readings[1], readings[0]]


def test_a_plate_with_a_place_takes_its_reading_before_one_without() -> None:
    plates = (("", A), ("AB123C", None))
    picture = dataclasses.replace(
        labelled("corners", *plates[:1]),
        plates=(LabelledPlate("", A, "corners"), LabelledPlate("AB123C", None, "text")),
    )
    outcome = judge(picture, (100, 600), [reading("AB123C", A)], 1.0)
    assert [plate.reading is not None for plate in outcome.plates] == [True, False]
