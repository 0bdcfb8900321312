"""Picture files: when they were taken, whether they are whole, and a folder of them read once."""

import io
import struct
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Final

from platestream.contract.errors import FrameError
from platestream.contract.identity import MAX_CAPTURED_AT, MIN_CAPTURED_AT
from platestream.feed.location import Location
from platestream.feed.pacing import RealTime
from platestream.feed.picture import LIMITS, ClockSource, SourcePicture
from platestream.feed.settings import SourceSettings
from platestream.feed.sources.protocol import DamagedPictureError, SourceBrokenError
from platestream.vision.picture.decode import decode_picture
from platestream.vision.picture.guard import picture_format
from platestream.vision.picture.header import PictureFormat

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".tif", ".tiff"})

_EXIF_IFD: Final = 0x8769
_TAKEN, _TAKEN_OFFSET, _TAKEN_FRACTION = 0x9003, 0x9011, 0x9291
_JPEG_END: Final = b"\xff\xd9"
_PNG_END: Final = b"IEND\xaeB`\x82"


def is_picture(path: Path) -> bool:
    """Whether a file's name says that it is a finished picture.

    Names that begin with a dot are what servers give to uploads that are not complete.
    """
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def captured_at(data: bytes, modified_ns: int) -> int:
    """When a picture was taken, milliseconds since the epoch.

    EXIF's time counts only with its offset from UTC: without, it may be hours wrong. Else the
    file's own time, which is when the camera had written it.
    """
    moment = _exif_moment(data)
    if moment is not None and MIN_CAPTURED_AT <= moment <= MAX_CAPTURED_AT:
        return moment
    return min(MAX_CAPTURED_AT, max(MIN_CAPTURED_AT, modified_ns // 1_000_000))


def _exif_moment(data: bytes) -> int | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            tags = picture.getexif().get_ifd(_EXIF_IFD)
        taken, offset = str(tags[_TAKEN]), str(tags[_TAKEN_OFFSET]).strip("\0 ")
        day, clock = taken.strip("\0 ").split(" ")
        moment = datetime.fromisoformat(f"{day.replace(':', '-')}T{clock}{offset}")
        if moment.tzinfo is None:
            return None
        fraction = str(tags.get(_TAKEN_FRACTION, "")).strip("\0 ")
        milliseconds = int(fraction[:3].ljust(3, "0")) if fraction.isdigit() else 0
        return int(moment.timestamp()) * 1000 + milliseconds
    except Exception:  # noqa: BLE001 - whatever is wrong with a camera's EXIF, its picture is not
        return None


def ends_whole(data: bytes) -> bool | None:
    """Whether a file's bytes show that nothing is missing; None where they cannot."""
    match picture_format(data):
        case PictureFormat.JPEG:
            # A thumbnail inside the file has an end, too: so the end of all is looked at. Behind it
            # some cameras write more, which is not known then.
            return True if data.rstrip(b"\0").endswith(_JPEG_END) else None
        case PictureFormat.PNG:
            return True if data.endswith(_PNG_END) else None
        case PictureFormat.BMP:
            size = struct.unpack_from("<I", data, 2)[0] if len(data) >= _BMP_SIZE_END else 0
            return True if size and len(data) >= size else None
        case _:
            return None


_BMP_SIZE_END: Final = 6


def decodes_whole(data: bytes) -> bool:
    """Whether a picture can be decoded to its end."""
    try:
        decode_picture(data, LIMITS)
    except FrameError:
        return False
    return True


def read_picture(path: Path, name: str, *, arrival: bool) -> SourcePicture | DamagedPictureError:
    """The picture in a file.

    Args:
        path: The file.
        name: What it is called in events.
        arrival: Whether the time of its reading counts, instead of its own.

    Raises:
        OSError: It cannot be read.
    """
    if path.stat().st_size > LIMITS.max_bytes:
        return DamagedPictureError()
    data = path.read_bytes()
    at, clock = _time_of(data, path, arrival=arrival)
    return SourcePicture(at, clock, data=data, name=name)


def _time_of(data: bytes, path: Path, *, arrival: bool) -> tuple[int, ClockSource]:
    if arrival:
        return int(time.time() * 1000), "arrival"
    return captured_at(data, path.stat().st_mtime_ns), "file"


class FolderSource:
    """A folder of pictures, read once in the order of their names.

    Args:
        location: The folder.
        source: Its settings.
        stop: Ends it between two pictures.
    """

    def __init__(self, location: Location, source: SourceSettings, stop: Event) -> None:
        self._folder = Path(location.address)
        self._source = source
        self._stop = stop
        playing = source.realtime or source.loop
        self._pace = RealTime(stop, on=playing)
        # One a second unless fps says more: pictures in a folder have no rate of their own.
        self._period = 1 / (source.fps or 1.0) if playing else 0.0
        self._played = 0.0

    def pictures(self) -> Iterator[SourcePicture | DamagedPictureError]:
        """As :class:`~platestream.feed.sources.protocol.Source` says."""
        try:
            paths = sorted(path for path in self._folder.iterdir() if is_picture(path))
        except OSError as error:
            raise SourceBrokenError("failed", error.strerror or "cannot be read") from None
        if not paths:
            raise SourceBrokenError("failed", "there are no pictures in it")
        for path in paths:
            self._pace.wait(self._played)
            self._played += self._period
            if self._stop.is_set():
                return
            try:
                # A picture that is played again was not taken again when it was.
                arrival = self._source.clock == "arrival" or self._source.loop
                yield read_picture(path, path.name, arrival=arrival)
            except OSError:
                yield DamagedPictureError()
