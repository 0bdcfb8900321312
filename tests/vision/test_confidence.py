import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.contract.readings import PlateColor
from platestream.vision.bundle import CalibrationSpec, ConfidenceInput
from platestream.vision.confidence import Calibration
from platestream.vision.recognizer import PlateText


def calibration(*inputs: ConfidenceInput, raw: str = "product") -> Calibration:
    return Calibration(
        CalibrationSpec.model_validate(
            {"inputs": inputs, "raw": raw, "x": (0.1, 0.5, 0.9), "y": (0.0, 0.3, 0.95)}
        )
    )


def plate(*chars: float, color: float = 1.0) -> PlateText:
    return PlateText(
        text="A" * len(chars),
        char_confidences=chars,
        color=PlateColor.BLUE,
        color_confidence=color,
        rows=1,
    )


@pytest.mark.parametrize(
    ("inputs", "raw", "expected"),
    [
        (("min_char",), "product", 0.5),
        (("min_char", "detector"), "product", 0.4),
        (("min_char", "detector"), "minimum", 0.5),
        (("product_char",), "product", 0.45),
        (("mean_char",), "product", 0.8),
        (("color", "detector"), "product", 0.48),
    ],
)
def test_raw_scores(inputs: tuple[ConfidenceInput, ...], raw: str, expected: float) -> None:
    value = calibration(*inputs, raw=raw).raw(plate(0.9, 0.5, 1.0, color=0.6), 0.8)
    assert value == pytest.approx(expected)


def test_the_map_is_piecewise_linear_and_flat_outside() -> None:
    map_ = calibration("min_char")
    for raw, expected in ((0.05, 0.0), (0.3, 0.15), (0.5, 0.3), (0.9, 0.95), (1.0, 0.95)):
        assert map_.confidence(plate(raw), 1.0) == pytest.approx(expected)


def test_no_text_is_no_confidence() -> None:
    assert calibration("detector").confidence(plate(), 1.0) == 0.0


@given(st.lists(st.floats(), max_size=9), st.floats())
def test_never_nan_and_always_a_probability(chars: list[float], score: float) -> None:
    value = calibration("min_char", "detector").confidence(plate(*chars), score)
    assert math.isfinite(value)
    assert 0 <= value <= 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_raw_is_never_less_confident(first: float, second: float) -> None:
    low, high = sorted((first, second))
    map_ = calibration("min_char")
    assert map_.confidence(plate(low), 1.0) <= map_.confidence(plate(high), 1.0)
