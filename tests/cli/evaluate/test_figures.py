import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.cli.evaluate.figures import (
    calibration_bins,
    expected_calibration_error,
    figures,
    height_class,
)
from platestream.cli.evaluate.outcomes import judge, unreadable
from platestream.contract.readings import PlateColor
from tests.cli.conftest import box, labelled, reading

A, B, C = box(0, 0, 100, 30), box(200, 0, 100, 30), box(400, 0, 100, 30)


def test_figures_over_a_known_mixture() -> None:
    off = box(2, 0, 100, 30)  # two pixels of 100 off, all corners
    outcomes = [
        judge(
            labelled("corners", ("京A1", A), ("沪B2", B)),
            (100, 600),
            [reading("京A1", off, confidence=0.95), reading("XX", C, confidence=0.35)],
            10.0,
        ),
        judge(
            labelled("box", ("沪C3", A), ("", B)),
            (100, 600),
            [
                reading("京C3", A, confidence=0.65),
                reading("ANY", B, confidence=0.5, color=PlateColor.GREEN),
            ],
            30.0,
        ),
        judge(labelled("crop", ("粤D4", None)), (24, 94), [reading("粤D5", A)], 2.0),
        judge(labelled("none"), (36, 136), [], 4.0),
        unreadable(labelled("corners", ("闽E5", A)), "AIS.0104"),
    ]
    found = figures(outcomes)
    assert found["pictures"] == 5
    assert found["unreadable_pictures"] == 1
    assert found["plates"] == 6
    assert found["with_text"] == 5
    assert found["found"] == pytest.approx(3 / 5)  # the crop has no place to be found at
    assert found["read"] == pytest.approx(1 / 5)
    assert found["read_but_province"] == pytest.approx(2 / 5)
    assert found["false_plates"] == 1
    assert found["false_per_picture"] == pytest.approx(1 / 3)  # of the readable whole pictures
    assert found["ms_per_picture"] == 7.0
    assert found["corner_error"] == pytest.approx(0.02)
    # Three reads with known text: 0.95 right, 0.65 wrong, 0.9 wrong; 0.95 and 0.9 share a bin.
    assert found["ece"] == pytest.approx((0.65 + 2 * abs(0.925 - 0.5)) / 3)
    assert found["ece_with_false"] == pytest.approx((0.65 + 2 * abs(0.925 - 0.5) + 0.35) / 4)
    assert found["slices"]["kind"]["corners"]["found"] == pytest.approx(1 / 3)
    assert found["slices"]["kind"]["crop"]["found"] is None
    assert found["slices"]["color"]["green"]["plates"] == 1
    assert found["slices"]["color"]["not found"]["plates"] == 2
    assert found["slices"]["province"]["no text"]["plates"] == 1
    assert list(found["slices"]["height"]) == ["24-32 px"]
    assert found["slices"]["dataset"]["set"]["pictures"] == 5
    assert found["slices"]["dataset"]["set"]["false_per_picture"] == pytest.approx(1 / 3)


def test_nothing_to_count_gives_no_rate() -> None:
    found = figures([])
    for name in ("found", "read", "ece", "false_per_picture", "ms_per_picture", "corner_error"):
        assert found[name] is None


def test_height_classes_meet_without_gaps() -> None:
    names = [height_class(height) for height in (0, 11.9, 12, 23.9, 24, 95.9, 96, 500)]
    assert names == [
        "<12 px", "<12 px", "12-16 px", "16-24 px", "24-32 px", "48-96 px", ">=96 px", ">=96 px",
    ]  # fmt: skip


pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(pairs)
def test_calibration_bins_hold_every_read(values: list[tuple[float, bool]]) -> None:
    bins = calibration_bins(values)
    assert sum(number for _, _, number in bins) == len(values)
    error = expected_calibration_error(values)
    assert error is not None
    assert 0 <= error <= 1


def test_perfectly_sure_and_right_has_no_calibration_error() -> None:
    assert expected_calibration_error([(1.0, True)] * 5) == 0
    assert expected_calibration_error([(1.0, False)] * 5) == 1
    assert expected_calibration_error([(0.75, True)] * 3 + [(0.75, False)]) == pytest.approx(0)
