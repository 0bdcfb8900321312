import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from platestream.contract.readings import PlateColor
from platestream.vision.models.manifest import CalibrationSpec, ConfidenceInput, RejectionSpec
from platestream.vision.recognition.confidence import (
    Calibration,
    Evidence,
    is_plate,
    log_odds,
    logistic,
)
from platestream.vision.recognition.recognizer import PlateText


def calibration(*inputs: ConfidenceInput, raw: str = "product") -> Calibration:
    return Calibration(
        CalibrationSpec.model_validate(
            {"inputs": inputs, "raw": raw, "x": (0.1, 0.5, 0.9), "y": (0.0, 0.3, 0.95)}
        )
    )


def seen(
    *chars: float,
    color: float = 1.0,
    text: float = 1.0,
    detection: float = 1.0,
    height: float = 24.0,
) -> Evidence:
    plate = PlateText(
        text="A" * len(chars),
        char_confidences=chars,
        color=PlateColor.BLUE,
        color_confidence=color,
        rows=1,
        text_probability=text,
    )
    return Evidence(plate=plate, detection_score=detection, height=height)


@pytest.mark.parametrize(
    ("inputs", "raw", "expected"),
    [
        (("min_char",), "product", 0.5),
        (("min_char", "detector"), "product", 0.4),
        (("min_char", "detector"), "minimum", 0.5),
        (("product_char",), "product", 0.45),
        (("mean_char",), "product", 0.8),
        (("color", "detector"), "product", 0.48),
        (("text",), "product", 0.7),
        (("height",), "product", 0.25),
    ],
)
def test_raw_scores(inputs: tuple[ConfidenceInput, ...], raw: str, expected: float) -> None:
    value = calibration(*inputs, raw=raw).raw(
        seen(0.9, 0.5, 1.0, color=0.6, text=0.7, detection=0.8, height=8)
    )
    assert value == pytest.approx(expected)


def test_the_map_is_piecewise_linear_and_flat_outside() -> None:
    map_ = calibration("min_char")
    for raw, expected in ((0.05, 0.0), (0.3, 0.15), (0.5, 0.3), (0.9, 0.95), (1.0, 0.95)):
        assert map_.confidence(seen(raw)) == pytest.approx(expected)


def test_no_text_is_no_confidence() -> None:
    assert calibration("detector").confidence(seen()) == 0.0


@given(st.lists(st.floats(), max_size=9), st.floats())
def test_never_nan_and_always_a_probability(chars: list[float], score: float) -> None:
    value = calibration("min_char", "detector").confidence(seen(*chars, detection=score))
    assert math.isfinite(value)
    assert 0 <= value <= 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_raw_is_never_less_confident(first: float, second: float) -> None:
    low, high = sorted((first, second))
    map_ = calibration("min_char")
    assert map_.confidence(seen(low)) <= map_.confidence(seen(high))


def logistic_spec(**change: object) -> CalibrationSpec:
    fields = {"inputs": ("text", "detector"), "raw": "logistic", "weights": (1.0, 0.5), "bias": 0.5}
    return CalibrationSpec.model_validate({**fields, "x": (0, 1), "y": (0, 1), **change})


def test_logistic_adds_weighted_log_odds() -> None:
    map_ = Calibration(logistic_spec())
    value = map_.confidence(seen(0.9, text=0.9, detection=0.8))
    assert value == pytest.approx(logistic(0.5 + math.log(9) + 0.5 * math.log(4)))
    assert map_.confidence(seen(text=0.9)) == 0.0


def test_scores_at_their_ends_do_not_outweigh_the_rest() -> None:
    map_ = Calibration(logistic_spec())
    sure = map_.confidence(seen(1.0, text=1.0, detection=1e-9))
    assert 0.9 < sure < 1.0
    assert log_odds(1.0) == pytest.approx(-log_odds(0.0))
    assert log_odds(math.nan) == log_odds(0.0)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_logistic_never_descends(text: float, first: float, second: float) -> None:
    low, high = sorted((first, second))
    map_ = Calibration(logistic_spec())
    assert map_.confidence(seen(1, text=text, detection=low)) <= map_.confidence(
        seen(1, text=text, detection=high)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"weights": None},
        {"weights": (1.0,)},
        {"weights": (1.0, -0.1)},
        {"weights": (1.0, math.nan)},
        {"bias": math.inf},
        {"raw": "product"},
    ],
)
def test_a_logistic_map_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        logistic_spec(**change)


@pytest.mark.parametrize(
    ("detection", "text", "expected"),
    [
        (0.6, 0.5, True),
        (0.5, 0.5, False),
        (0.5, 0.95, True),  # a sure text makes do with less
        (0.6, 0.1, False),  # an illegible one needs more
        (0.9, 0.0, True),
    ],
)
def test_the_text_speaks_in_what_is_a_plate(detection: float, text: float, expected: bool) -> None:
    spec = RejectionSpec(text_weight=0.2, detector=0.55)
    assert is_plate(seen(0.9, text=text, detection=detection), spec) is expected
    without = RejectionSpec(text_weight=0, detector=0.55)
    assert is_plate(seen(0.9, text=text, detection=detection), without) is (detection >= 0.55)
