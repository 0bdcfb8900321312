"""The documented JSON forms of an answer."""

import math
import operator
from collections.abc import Iterable
from typing import Any

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.readings import PlateReading

# The documented examples show four decimals; more would claim a precision that no calibration has.
_CONFIDENCE_DECIMALS = 4
_CORNERS = 4
_INT32_MAX = 2**31 - 1


def plate_result(reading: PlateReading) -> dict[str, Any]:
    """Return one plate as a ``LicensePlateResult``, its fields in documented order.

    Numbers become plain ``int`` and ``float``, whatever array library they came from.

    Raises:
        FrameError: ``RECOGNITION_FAILED``: the reading is outside the contract (not four corners
            of whole numbers, confidence not in 0..1), so that publishing it would mislead.
    """
    try:
        corners = [[operator.index(x), operator.index(y)] for x, y in reading.plate_location]
        confidence = float(reading.confidence)
    except (TypeError, ValueError):
        raise _broken("a corner or the confidence is not a number") from None
    if not isinstance(reading.plate_number, str) or not reading.plate_number.isprintable():
        raise _broken("the plate number is not printable text")
    if len(corners) != _CORNERS:
        raise _broken(f"{len(corners)} corners")
    if not all(0 <= value <= _INT32_MAX for corner in corners for value in corner):
        raise _broken("a corner is outside the picture")
    if not (math.isfinite(confidence) and 0.0 <= confidence <= 1.0):
        raise _broken("the confidence is not in 0..1")
    return {
        "plate_number": reading.plate_number,
        "plate_color": reading.plate_color.value,
        "plate_location": corners,
        "confidence": confidence,
    }


def result_json(readings: Iterable[PlateReading]) -> list[dict[str, Any]]:
    """Return the ``result`` of the documented response: a list with an object for each plate.

    Raises:
        FrameError: ``RECOGNITION_FAILED``, as for :func:`plate_result`.
    """
    plates = [plate_result(reading) for reading in readings]
    for plate in plates:
        plate["confidence"] = round(plate["confidence"], _CONFIDENCE_DECIMALS)
    return plates


def error_json(error: FrameError) -> dict[str, str]:
    """Return the body of the documented failure response: ``error_code`` and ``error_msg``."""
    return {"error_code": error.code.code, "error_msg": error.message}


def _broken(what: str) -> FrameError:
    return FrameError(ErrorCode.RECOGNITION_FAILED, f"The reading is not valid: {what}.")
