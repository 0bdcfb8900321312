"""One batch through the reader, with its failures told apart: a picture's, or the reader's own."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import structlog

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.readings import PlateReading
from platestream.stream.reader import Reader, ReaderBrokenError
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture

Answer = tuple[PlateReading, ...] | FrameError

# Large enough to pass any reader's own checks, too small to cost anything.
_PROBE_SIDE: Final = 64

_log = structlog.get_logger(__name__)


def read_isolated(
    reader: Reader,
    pictures: Sequence[Picture | UInt8Array],
    cameras: Sequence[CameraSettings | None] | None = None,
) -> list[Answer]:
    """Read ``pictures``, as their ``cameras`` say, so that none can fail its neighbours.

    A batch that fails is read again picture by picture. A picture that fails alone is to blame only
    if the reader still reads an empty one.

    Returns:
        The plates of each picture, or why it has none, in the order of ``pictures``.

    Raises:
        ReaderBrokenError: If the reader fails on an empty picture, too.
    """
    try:
        return list(_read(reader, pictures, cameras))
    except ReaderBrokenError:
        raise
    except Exception as error:  # noqa: BLE001 - judged below
        if len(pictures) == 1:
            return [_blame(reader, error)]
        _log.warning("batch_failed", frames=len(pictures), error=type(error).__name__)
    alone = cameras if cameras is not None else [None] * len(pictures)
    return [
        answer
        for picture, camera in zip(pictures, alone, strict=True)
        for answer in read_isolated(reader, [picture], [camera])
    ]


def _read(
    reader: Reader,
    pictures: Sequence[Picture | UInt8Array],
    cameras: Sequence[CameraSettings | None] | None = None,
) -> Sequence[tuple[PlateReading, ...]]:
    answers = reader.read(pictures, cameras)
    if len(answers) != len(pictures):
        raise ReaderBrokenError(f"the reader gave {len(answers)} answers to {len(pictures)}")
    return answers


def _blame(reader: Reader, error: Exception) -> FrameError:
    """Say whose fault ``error`` is: the picture's (returned) or the reader's (raised)."""
    if isinstance(error, FrameError):
        return error
    probe = np.zeros((_PROBE_SIDE, _PROBE_SIDE, 3), dtype=np.uint8)
    try:
        _read(reader, [probe])
    except Exception as broken:
        raise ReaderBrokenError(f"{type(broken).__name__} on an empty picture") from broken
    _log.warning("inference_failed", error=type(error).__name__, exc_info=error)
    return FrameError(ErrorCode.RECOGNITION_FAILED)
