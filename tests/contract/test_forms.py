import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.forms import error_json, plate_result, result_json
from tests.contract.samples import READING


def test_result_is_the_documented_form() -> None:
    assert json.dumps(result_json([READING]), ensure_ascii=False) == (
        '[{"plate_number": "京A12345", "plate_color": "blue", '
        '"plate_location": [[370, 881], [2591, 881], [2591, 2281], [370, 2281]], '
        '"confidence": 0.9225}]'
    )


def test_no_plate_is_an_empty_list() -> None:
    assert result_json([]) == []


def test_error_is_the_documented_form() -> None:
    assert error_json(FrameError(ErrorCode.PICTURE_SIZE, "14 px.")) == {
        "error_code": "AIS.0103",
        "error_msg": "The picture size is outside the allowed range. 14 px.",
    }


def test_array_numbers_become_plain_ones() -> None:
    corners: Any = tuple((np.int32(x), np.int64(y)) for x, y in READING.plate_location)
    confidence: Any = np.float32(0.5)
    reading = replace(READING, plate_location=corners, confidence=confidence)
    plate = plate_result(reading)
    assert {type(value) for corner in plate["plate_location"] for value in corner} == {int}
    assert type(plate["confidence"]) is float
    json.dumps(plate)


@pytest.mark.parametrize(
    "change",
    [
        {"confidence": float("nan")},
        {"confidence": float("inf")},
        {"confidence": 1.01},
        {"confidence": -0.01},
        {"confidence": None},
        {"plate_location": READING.plate_location[:3]},
        {"plate_location": ((0.5, 0), (1, 0), (1, 1), (0, 1))},
        {"plate_location": ((-1, 0), (1, 0), (1, 1), (0, 1))},
        {"plate_location": ((2**31, 0), (1, 0), (1, 1), (0, 1))},
        {"plate_location": ((0, 0, 0), (1, 0), (1, 1), (0, 1))},
        {"plate_number": None},
        {"plate_number": "京\ud800"},
    ],
)
def test_a_reading_outside_the_contract_fails_the_frame(change: dict[str, object]) -> None:
    reading = replace(READING, **change)  # type: ignore[arg-type]
    with pytest.raises(FrameError) as raised:
        result_json([reading])
    assert raised.value.code is ErrorCode.RECOGNITION_FAILED
    assert "京" not in str(raised.value)
