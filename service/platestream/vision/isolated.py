"""Reading in batches so that no picture can fail its neighbours."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.readings import PlateReading

T = TypeVar("T")
Readings: TypeAlias = tuple[PlateReading, ...]


def read_safely(
    read: Callable[[Sequence[T]], list[Readings]], pictures: Sequence[T]
) -> list[Readings | FrameError]:
    """Read a batch; where it fails as a whole, one by one, so that only the culprit is lost.

    A picture that turns out to be damaged only when it is decoded in full has that error.
    """
    if not pictures:
        return []
    try:
        return list(read(pictures))
    except FrameError as error:
        if len(pictures) == 1:
            return [error]
    except Exception as error:  # noqa: BLE001 - any failure of inference is one picture's failure
        if len(pictures) == 1:
            failure = FrameError(ErrorCode.RECOGNITION_FAILED, f"({type(error).__name__})")
            failure.__cause__ = error
            return [failure]
    return [answer for picture in pictures for answer in read_safely(read, [picture])]
