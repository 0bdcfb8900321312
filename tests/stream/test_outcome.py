"""The end of a frame."""

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.stream.outcome import FrameOutcome
from tests.stream.fakes import MODEL, frame, reading


def test_the_three_ends() -> None:
    assert FrameOutcome.read(frame(1), (reading(1),), MODEL).kind == "plates"
    assert FrameOutcome.read(frame(1), (), MODEL).kind == "no_plate"
    error = FrameError(ErrorCode.PICTURE_DAMAGED)
    assert FrameOutcome.failed(frame(1), error, MODEL).kind == "failed"


def test_an_end_is_one_of_them() -> None:
    with pytest.raises(ValueError, match="either"):
        FrameOutcome(frame=frame(1), readings=None, error=None, model=MODEL, processed_at=0)
    with pytest.raises(ValueError, match="either"):
        FrameOutcome(
            frame=frame(1),
            readings=(),
            error=FrameError(ErrorCode.TIMEOUT),
            model=MODEL,
            processed_at=0,
        )


def test_a_kept_error_holds_no_traceback() -> None:
    with pytest.raises(FrameError) as caught:
        raise FrameError(ErrorCode.PICTURE_DAMAGED, "why")
    kept = FrameOutcome.failed(frame(1), caught.value, MODEL).error
    assert kept is not None
    assert kept.__traceback__ is None
    assert (kept.code, kept.detail) == (ErrorCode.PICTURE_DAMAGED, "why")
