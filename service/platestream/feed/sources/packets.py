"""Packets of a video stream to pictures: a JPEG as it is, or decoded pixels."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from platestream.contract.errors import FrameError
from platestream.feed.picture import LIMITS
from platestream.feed.sources.protocol import DamagedPictureError
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.guard import inspect_picture

if TYPE_CHECKING:
    from av import Packet, VideoFrame, VideoStream


def pictures_of(
    packet: "Packet[VideoStream]", stream: "VideoStream"
) -> Iterator[tuple[float | None, dict[str, Any] | DamagedPictureError]]:
    """The pictures of a packet, each with its time in the stream, seconds."""
    import av

    if stream.codec_context.name == "mjpeg" and packet.size:
        data = bytes(packet)
        if _is_whole(data, stream):
            seconds = None if packet.pts is None else float(packet.pts * packet.time_base)
            yield seconds, {"data": data}
            return
    # Recorders squeeze a picture to half its width and say so; plates would be half as wide.
    aspect = float(stream.sample_aspect_ratio or 1)
    try:
        frames = packet.decode()
    except av.FFmpegError:
        yield None, DamagedPictureError()
        return
    for frame in frames:
        if frame.is_corrupt:
            yield frame.time, DamagedPictureError()
        else:
            yield frame.time, {"pixels": FramePixels(frame, aspect)}


def _is_whole(data: bytes, stream: "VideoStream") -> bool:
    """Whether a packet is one JPEG that shows the whole picture.

    Interlaced motion JPEG has a field in each of two JPEGs, and some cards write none of the size.
    """
    try:
        header = inspect_picture(data, LIMITS)
    except FrameError:
        return False
    size = (stream.codec_context.width, stream.codec_context.height)
    return size in ((0, 0), (header.width, header.height))


_TURNS: Final = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


class FramePixels:
    """A frame of PyAV's.

    Args:
        frame: As it was decoded.
        aspect: Width of its pixels by their height.
    """

    def __init__(self, frame: "VideoFrame", aspect: float = 1.0) -> None:
        self._frame = frame
        self._aspect = aspect

    def bgr(self) -> UInt8Array:
        """uint8 BGR ``[height, width, 3]``: upright, with square pixels."""
        frame = self._frame
        width = max(1, round(frame.width * self._aspect))
        pixels = frame.to_ndarray(format="bgr24", width=width)
        turn = _TURNS.get(int(frame.rotation) % 360)
        return np.ascontiguousarray(pixels if turn is None else cv2.rotate(pixels, turn), np.uint8)

    def grey(self, width: int) -> UInt8Array:
        """uint8 ``[height, width]``, as stored."""
        height = max(1, round(width * self._frame.height / self._frame.width))
        grey = self._frame.to_ndarray(format="gray", width=width, height=height)
        return np.ascontiguousarray(grey, np.uint8)
