"""Picture files: no more of them is read than the limits allow."""

from contextlib import suppress
from pathlib import Path

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.picture.guard import check_bytes
from platestream.vision.settings import PictureLimits


def read_bounded(path: Path, limits: PictureLimits) -> bytes:
    """Read a file's bytes, at most one more than a picture may have.

    Raises:
        FrameError: ``INVALID_PARAMETER`` if the file cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise FrameError(ErrorCode.INVALID_PARAMETER, "It is not a regular file.")
        with path.open("rb") as stream:
            # One byte too many is enough for the guard to refuse the size.
            return stream.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise FrameError(
            ErrorCode.INVALID_PARAMETER, f"The file cannot be read: {reason}."
        ) from error


def read_picture_file(path: Path, limits: PictureLimits) -> bytes:
    """Read a file that may be a picture, by its size.

    Raises:
        FrameError: ``INVALID_PARAMETER`` if it cannot be read; ``PICTURE_SIZE``, with the file's
            size, if it is too large.
    """
    data = read_bounded(path, limits)
    if len(data) > limits.max_bytes:
        with suppress(OSError):
            check_bytes(path.stat().st_size, limits)
        check_bytes(len(data), limits)  # it shrank meanwhile
    return data
