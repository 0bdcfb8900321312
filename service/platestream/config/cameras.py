"""The file of camera settings: read at the start, and followed while the service runs."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from platestream.config.settings import Settings
from platestream.config.sources import ConfigError, RepeatedKeyError, UniqueKeys
from platestream.stream.cameras import CameraBook
from platestream.telemetry.metrics import Metrics
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.cameras.table import CameraError, CameraTable, read_entries, read_json

if TYPE_CHECKING:
    from platestream.telemetry.labels import CameraSource

# Ten thousand cameras with an area each take two of these.
_MOST_BYTES: Final = 16 * 1024 * 1024
# The parser in C is ten times as fast, where the library has it.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(UniqueKeys, _LOADER):  # type: ignore[misc]
    pass


def parse_cameras(text: str) -> dict[str, CameraSettings]:
    """Read settings by camera id or pattern from YAML or JSON.

    Raises:
        CameraError: if they cannot be used, naming the camera and the key.
    """
    try:
        if text.lstrip().startswith("{"):
            return read_entries(read_json(text))
        return read_entries(yaml.load(text, _Loader))  # noqa: S506 - it is a safe loader
    except RepeatedKeyError as error:
        told = f"cameras: {error.key} is given twice (line {error.line})"
        raise CameraError([told]) from None
    except yaml.YAMLError as error:
        raise CameraError([f"cameras: not YAML: {' '.join(str(error).split())}"]) from None
    except RecursionError:
        raise CameraError(["cameras: nested too deeply"]) from None


def read_cameras(path: Path) -> dict[str, CameraSettings]:
    """Read the file of camera settings.

    Raises:
        CameraError: if it cannot be read or used.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise CameraError([f"cameras: the file is larger than {_MOST_BYTES} bytes"])
        return parse_cameras(data.decode("utf-8-sig"))
    except OSError as error:
        raise CameraError([f"cameras: {error.strerror or type(error).__name__}"]) from None
    except UnicodeDecodeError:
        raise CameraError(["cameras: not UTF-8"]) from None


class CameraFile:
    """Follows a file of camera settings, in a thread of its own.

    A look costs one ``stat``, which follows links: Kubernetes swaps a link to a folder when a
    mounted ConfigMap changes, so another file is there then, and no file was ever written to. An
    editor may write in place, so a change is read once the file has stood still between two looks.

    Args:
        path: The file.
        book: Told what it says.
        poll_seconds: Between two looks.
    """

    def __init__(self, path: Path, book: CameraBook, poll_seconds: float) -> None:
        self._path = path
        self._book = book
        self._poll_seconds = poll_seconds
        self._read = self._mark()
        self._last = self._read
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="camera-file", daemon=True)

    def open(self) -> None:
        """Read the file, and begin to follow it.

        Raises:
            ConfigError: if it cannot be used.
        """
        try:
            self._book.replace("file", read_cameras(self._path))
        except CameraError as error:
            raise ConfigError([f"{self._path}: {line}" for line in error.problems]) from None
        if wrong := self._book.wrong("file"):
            raise ConfigError([f"{self._path}: {line}" for line in wrong.values()])
        self._thread.start()

    def close(self) -> None:
        """Follow it no more."""
        self._stop.set()

    def look(self) -> None:
        """Read the file if it is another one than before, and stands still."""
        mark = self._mark()
        still, self._last = mark == self._last, mark
        if mark == self._read or not still:
            return
        self._read = mark
        try:
            self._book.replace("file", read_cameras(self._path))
        except CameraError as error:
            self._book.refuse("file", error.problems)

    def _mark(self) -> tuple[int, ...] | None:
        """What is another with another file or another content; None where there is no file."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _follow(self) -> None:
        while not self._stop.wait(self._poll_seconds):
            self.look()


@contextmanager
def open_cameras(settings: Settings, metrics: Metrics, *, stream: bool) -> Iterator[CameraBook]:
    """Keep the settings of cameras, and follow their file, as long as the body runs.

    Args:
        settings: The cameras' own, and where more come from.
        metrics: Where loads are counted.
        stream: Whether there is a Kafka interface, and so a topic to wait for.

    Raises:
        ConfigError: If the file cannot be used.
    """
    awaited: list[CameraSource] = ["topic"] if stream and settings.kafka.topics.cameras else []
    book = CameraBook(settings.cameras, metrics, awaited)
    path = settings.camera_source.file
    if path is None:
        yield book
        return
    file = CameraFile(path, book, settings.camera_source.poll_seconds)
    file.open()
    try:
        yield book
    finally:
        file.close()


def known_cameras(settings: Settings, path: Path | None = None) -> CameraTable:
    """The settings of cameras that can be known without a broker: own ones, and those of a file.

    Args:
        settings: The cameras' own, and the file that is followed.
        path: Another file in its place.

    Raises:
        ConfigError: If the file cannot be used.
    """
    chosen = path if path is not None else settings.camera_source.file
    entries: Mapping[str, CameraSettings] = settings.cameras
    if chosen is not None:
        try:
            entries = {**entries, **read_cameras(chosen)}
        except CameraError as error:
            raise ConfigError([f"{chosen}: {line}" for line in error.problems]) from None
    table = CameraTable(entries)
    if table.refused:
        raise ConfigError([f"{chosen or 'settings'}: {line}" for line in table.refused.values()])
    return table
