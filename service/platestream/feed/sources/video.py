"""Streams and films: whatever FFmpeg opens, by PyAV.

Where the source sends JPEGs (motion JPEG over HTTP or RTSP, in AVI, MOV or Matroska) its packets
are the pictures, and go on as they are. All else is decoded.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Final

from platestream.feed.location import Location
from platestream.feed.pacing import CaptureClock, RealTime
from platestream.feed.picture import SourcePicture
from platestream.feed.settings import FeedSettings, SourceSettings
from platestream.feed.sources.packets import pictures_of
from platestream.feed.sources.protocol import DamagedPictureError, SourceBrokenError

if TYPE_CHECKING:
    from av import Packet, VideoStream
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
            for seconds, picture in pictures_of(packet, stream):
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
            for seconds, picture in pictures_of(packet, stream):
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
