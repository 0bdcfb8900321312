"""Video files: frames with their numbers and times."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from platestream.cli.exits import CliError, ExitCode
from platestream.cli.pictures import UInt8Array
from platestream.contract.readings import Quad

# The rate of a file that does not say its own.
_USUAL_RATE: Final = 25.0


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """A frame of a video: its number, from 0, its time since the beginning, and its picture."""

    index: int
    milliseconds: int
    picture: UInt8Array


class Video:
    """A video file, as frames in order.

    Args:
        path: The file.

    Raises:
        CliError: If it is no file, or none that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        # A name must not be taken for an address: the decoder would also open those.
        if not path.is_file():
            raise CliError(f"{path}: no such file", ExitCode.USAGE)
        self._path = path.resolve()
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise CliError(f"{path}: not a video that can be decoded", ExitCode.USAGE)
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < 1000 else _USUAL_RATE  # noqa: PLR2004 (else it is no rate)
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.count = int(count) if count > 0 else None
        capture.release()

    def frames(self, every: int = 1) -> Iterator[VideoFrame]:
        """Decode every ``every``-th frame, from the first on."""
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        try:
            index, before = 0, -1
            while capture.grab():
                if index % every == 0:
                    decoded, picture = capture.retrieve()
                    # Files without usable times say 0 for each frame.
                    at = round(capture.get(cv2.CAP_PROP_POS_MSEC))
                    at = at if at > before else round(index * 1000 / self.rate)
                    before = at
                    if decoded:
                        yield VideoFrame(index, at, np.asarray(picture, np.uint8))
                index += 1
        finally:
            capture.release()

    def every_for(self, rate: float) -> int:
        """Which frames to take so that there are about ``rate`` a second."""
        return max(round(self.rate / rate), 1)


def around(picture: UInt8Array, corners: Quad) -> UInt8Array:
    """The part of a picture that a plate fills, and half its width on each side."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    pad = (max(xs) - min(xs)) // 2
    return picture[
        max(min(ys) - pad, 0) : max(ys) + pad + 1, max(min(xs) - pad, 0) : max(xs) + pad + 1
    ]
