"""Streams and films: whatever FFmpeg opens, by PyAV.

Where the source sends JPEGs (motion JPEG over HTTP or RTSP, in AVI, MOV or Matroska) its packets
are the pictures, and go on as they are. All else is decoded.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from platestream.contract.errors import FrameError
from platestream.feed.location import Location
from platestream.feed.pacing import CaptureClock, RealTime
from platestream.feed.picture import LIMITS, SourcePicture
from platestream.feed.settings import FeedSettings, SourceSettings
from platestream.feed.sources.protocol import DamagedPictureError, SourceBrokenError
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.guard import inspect_picture

if TYPE_CHECKING:
    from av import Packet, VideoFrame, VideoStream
    from av.container import InputContainer

    from platestream.telemetry.feed_metrics import FeedBreak

Doubted = Callable[[float], None]

# The container's own index and header; a camera that answers at all does so in less.
_OPEN_SECONDS: Final = 15.0
_MICROSECONDS: Final = 1_000_000
# AVProducerReferenceTime: the wall clock in microseconds, then flags.
_REFERENCE_TIME: Final = struct.Struct("=q")


class VideoSource:
    """A stream or a film.

    Args:
        location: What to open.
        source: Its settings.
        feed: Those of all.
        stop: Ends it between two frames.
        doubted: Told when the camera's clock is not believed, with the seconds it is off.
    """

    def __init__(
        self,
        location: Location,
        source: SourceSettings,
        feed: FeedSettings,
        stop: Event,
        doubted: Doubted,
    ) -> None:
        self._location = location
        self._source = source
        self._feed = feed
        self._stop = stop
        self._clock = CaptureClock(
            believe=source.clock == "stream",
            max_offset=feed.max_clock_offset_seconds,
            doubted=doubted,
        )
        self._pace = RealTime(stop, on=not location.live and (source.realtime or source.loop))
        # Of a film that is played again: where in time its next pass begins, milliseconds.
        self._played = 0.0
        self._begins: float | None = None

    def pictures(self) -> Iterator[SourcePicture | DamagedPictureError]:
        """As :class:`~platestream.feed.sources.protocol.Source` says."""
        with closing(self._open()) as container:
            if not container.streams.video:
                raise SourceBrokenError("failed", "there is no video in it")
            stream = container.streams.video[0]
            # Frame threads would hold back as many frames as there are threads.
            stream.thread_type = "SLICE"
            live = self._location.live
            found = self._stream(container, stream) if live else self._film(container, stream)
            for picture in found:
                if self._stop.is_set():
                    return
                yield picture

    def _open(self) -> "InputContainer":
        import av

        av.logging.set_level(None)
        options: dict[str, str] = {}
        if self._location.address.lower().startswith("rtsp"):
            options = {"rtsp_transport": self._source.transport, "allowed_media_types": "video"}
        try:
            return av.open(
                self._location.address,
                mode="r",
                options=options,
                timeout=(_OPEN_SECONDS, self._feed.silence_seconds),
                metadata_errors="replace",
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            # The library's own words hold the address, and with it the password.
            raise _broken(error, opened=False) from None

    def _packets(
        self, container: "InputContainer", stream: "VideoStream"
    ) -> "Iterator[Packet[VideoStream]]":
        import av

        try:
            yield from container.demux(stream)
        except (av.FFmpegError, OSError) as error:
            raise _broken(error, opened=True) from None

    def _stream(
        self, container: "InputContainer", stream: "VideoStream"
    ) -> Iterator[SourcePicture | DamagedPictureError]:
        # Wall clock less presentation time, seconds: from the camera's last report (RTCP).
        offset: float | None = None
        for packet in self._packets(container, stream):
            if packet.pts is not None and packet.has_sidedata("prft"):
                (wall,) = _REFERENCE_TIME.unpack_from(bytes(packet.get_sidedata("prft")))
                offset = wall / _MICROSECONDS - float(packet.pts * packet.time_base)
            for seconds, picture in _decoded(packet, stream):
                if isinstance(picture, DamagedPictureError):
                    yield picture
                    continue
                known = None if offset is None or seconds is None else seconds + offset
                captured_at, clock = self._clock.at(known)
                yield SourcePicture(captured_at, clock, **picture)

    def _film(
        self, container: "InputContainer", stream: "VideoStream"
    ) -> Iterator[SourcePicture | DamagedPictureError]:
        if self._begins is None:
            self._begins = self._beginning(container)
        first: float | None = None
        last = before = 0.0
        for packet in self._packets(container, stream):
            for seconds, picture in _decoded(packet, stream):
                if seconds is not None:
                    first = seconds if first is None else first
                    before, last = last, max(last, seconds - first)
                if isinstance(picture, DamagedPictureError):
                    yield picture
                    continue
                at = self._played + last
                self._pace.wait(at)
                if self._source.clock == "arrival":
                    captured_at, clock = self._clock.at(None)
                    yield SourcePicture(captured_at, clock, **picture)
                else:
                    yield SourcePicture(int((self._begins + at) * 1000), "file", **picture)
        # The last frame is shown as long as the one before it was.
        self._played += last + max(last - before, 0.001)

    def _beginning(self, container: "InputContainer") -> float:
        if self._source.start is not None:
            return self._source.start.timestamp()
        said = container.metadata.get("creation_time")
        if said is not None:
            try:
                moment = datetime.fromisoformat(said)
            except ValueError:
                moment = None
            # 1904 and 1970 are what clocks that were never set begin with.
            if moment is not None and moment.year >= _FIRST_YEAR:
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        return datetime.now(UTC).timestamp()


_FIRST_YEAR: Final = 2000


def _decoded(
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


def _broken(error: Exception, *, opened: bool) -> SourceBrokenError:
    """What went wrong, without the address that the library's text holds."""
    import av

    if isinstance(error, UnicodeError):
        return SourceBrokenError("failed", "the address cannot be encoded")
    detail = getattr(error, "strerror", None) or type(error).__name__
    reason: FeedBreak = "failed"
    if isinstance(error, av.error.TimeoutError | av.error.ExitError):
        reason, detail = "silent", "nothing came in time"
    elif isinstance(error, av.error.HTTPClientError | av.error.HTTPServerError | PermissionError):
        reason = "refused"
    elif isinstance(error, av.error.EOFError):
        reason = "ended"
    elif isinstance(error, OSError):
        # The end of a connection is an input/output error to the demuxer of HTTP's pictures.
        reason = "ended" if opened else "unreachable"
    return SourceBrokenError(reason, detail)
