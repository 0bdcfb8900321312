import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.cli.evaluate.calibration import calibration_bins, expected_calibration_error

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
