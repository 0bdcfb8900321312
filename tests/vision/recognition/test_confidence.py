import dataclasses
import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from platestream.contract.readings import PlateColor
from platestream.vision.detection.edges import EdgeContact
from platestream.vision.models.calibration import CalibrationSpec, ConfidenceInput, RejectionSpec
from platestream.vision.recognition.confidence import (
    Calibration,
    Evidence,
    is_plate,
    log_odds,
    logistic,
    score,
)
from platestream.vision.recognition.recognizer import PlateText
from platestream.vision.regions.form import Form


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
    plate: float | None = None,
    complete: float | None = None,
    form: Form = "region",
    gap: float | None = None,
) -> Evidence:
    text_read = PlateText(
        text="A" * len(chars),
        char_confidences=chars,
        color=PlateColor.BLUE,
        color_confidence=color,
        rows=1,
        text_probability=text,
        plate_probability=plate,
        complete_probability=complete,
        form=form,
    )
    edge = None if gap is None else EdgeContact(gap=gap, outside=0.0)
    return Evidence(plate=text_read, detection_score=detection, height=height, edge=edge)


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
        (("end_char",), "product", 0.9),
        (("plate",), "product", 0.8),
        (("complete",), "product", 0.6),
        (("inside",), "product", 0.5),
        (("form",), "product", 1.0),
        (("length",), "product", 1.0),
    ],
)
def test_raw_scores(inputs: tuple[ConfidenceInput, ...], raw: str, expected: float) -> None:
    value = calibration(*inputs, raw=raw).raw(
        seen(
            0.9, 0.5, 1.0, color=0.6, text=0.7, detection=0.8, height=8,
            plate=0.8, complete=0.6, form="world", gap=0.15,
        )
    )  # fmt: skip
    assert value == pytest.approx(expected)


def test_the_map_is_piecewise_linear_and_flat_outside() -> None:
    map_ = calibration("min_char")
    for raw, expected in ((0.05, 0.0), (0.3, 0.15), (0.5, 0.3), (0.9, 0.95), (1.0, 0.95)):
        assert map_.confidence(seen(raw)) == pytest.approx(expected)


def test_a_number_with_unknown_characters_is_not_known() -> None:
    known = seen(0.9, 0.9)
    unknown = dataclasses.replace(known, plate=dataclasses.replace(known.plate, text="A\ufffd"))
    of = calibration("mean_char")
    assert of.confidence(known) == pytest.approx(0.95)
    assert of.confidence(unknown) == pytest.approx(0.095)


def test_a_word_has_no_digit() -> None:
    word = seen(0.9, 0.9)
    number = dataclasses.replace(word, plate=dataclasses.replace(word.plate, text="A1"))
    assert (score("digit", word), score("digit", number)) == (0.0, 1.0)


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


JUDGING = {
    "inputs": ("text",), "weights": (1.0,), "bias": 2.0,
    "plate": {"inputs": ("plate", "form", "length"), "weights": (1.0, 0.2, 0.2), "bias": 1.0},
    "complete": {
        "inputs": ("complete", "inside"), "weights": (1.0, 0.1), "bias": 0.5, "threshold": 0.4,
    },
}  # fmt: skip


def test_a_caption_or_a_cut_plate_is_not_sure_however_clear_its_text() -> None:
    map_ = Calibration(logistic_spec(**JUDGING))
    whole = seen(0.99, text=0.99, plate=0.97, complete=0.97, gap=2.0)
    caption = seen(0.99, text=0.99, plate=0.03, complete=0.97, form="too_long", gap=2.0)
    cut = seen(0.99, text=0.99, plate=0.97, complete=0.03, gap=0.0)
    assert map_.confidence(whole) > 0.9
    assert map_.confidence(caption) < 0.2
    assert map_.confidence(cut) < 0.2
    assert map_.is_complete(whole) is True
    assert map_.is_complete(cut) is False
    assert (map_.lack(whole), map_.lack(cut)) == (None, "incomplete")


SHARE = st.floats(0, 1)


@given(st.lists(st.tuples(SHARE, SHARE), min_size=6, max_size=6), st.sampled_from(get_args(Form)))
def test_more_of_any_evidence_is_never_less_confidence(
    pairs: list[tuple[float, float]], form: Form
) -> None:
    low, high = (
        seen(end(pairs[0]), text=end(pairs[1]), plate=end(pairs[2]), complete=end(pairs[3]),
             detection=end(pairs[4]), gap=end(pairs[5]), form=form)
        for end in (min, max)
    )  # fmt: skip
    map_ = Calibration(logistic_spec(**JUDGING))
    assert map_.confidence(low) <= map_.confidence(high)
    for judged in (map_.plate, map_.complete):
        less, more = judged(low), judged(high)
        assert less is not None
        assert more is not None
        assert less <= more


@pytest.mark.parametrize("better", ["region", "world"])
def test_a_number_of_no_region_is_less_of_a_plate(better: Form) -> None:
    map_ = Calibration(logistic_spec(**JUDGING))
    by_form = {form: map_.plate(seen(0.9, plate=0.5, form=form)) for form in get_args(Form)}
    assert by_form["too_long"] < by_form["none"] < by_form[better]  # type: ignore[operator]


def test_what_a_recognizer_does_not_tell_speaks_neither_for_nor_against() -> None:
    map_ = Calibration(logistic_spec(inputs=("text", "plate"), weights=(1.0, 1.0), bias=0.0))
    assert map_.confidence(seen(0.9, text=0.8)) == pytest.approx(0.8)


def test_a_bundle_without_the_judgement_does_not_say_whether_a_plate_is_complete() -> None:
    map_ = Calibration(logistic_spec())
    assert map_.is_complete(seen(0.9, complete=0.01)) is None
    assert map_.lack(seen(0.9, complete=0.01)) is None
    assert map_.plate(seen(0.9, plate=0.01)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"plate": {"inputs": ("plate",), "weights": (-1.0,), "bias": 0.0}},
        {"plate": {"inputs": ("plate", "plate"), "weights": (1.0, 1.0), "bias": 0.0}},
        {"plate": {"inputs": ("plate",), "weights": (1.0, 1.0), "bias": 0.0}},
        {"complete": {"inputs": ("complete",), "weights": (1.0,), "bias": 0.0}},
        {"complete": {"inputs": ("complete",), "weights": (1.0,), "bias": 0.0, "threshold": 1}},
    ],
)
def test_a_judgement_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        logistic_spec(**change)


@pytest.mark.parametrize(("chance", "expected"), [(None, True), (0.2, False), (0.3, True)])
def test_what_looks_like_no_plate_is_none_however_well_it_reads(
    chance: float | None, expected: bool
) -> None:
    spec = RejectionSpec(text_weight=0.2, detector=0.55, plate=0.3)
    assert is_plate(seen(0.99, text=0.99, detection=0.99), spec, chance) is expected


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
