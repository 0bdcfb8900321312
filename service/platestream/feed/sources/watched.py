"""A folder that cameras, or an FTP server for them, write into: each new file, once it is complete.

A file is complete when it shows its own end (JPEG, PNG, BMP) and did not change between two looks,
or has not changed for ``settle_seconds`` and can be decoded to its end. Most writers need no more:
those that write under another name and rename, or upload over FTP, are covered by the same rule.

Changes are heard of by ``watchfiles`` (inotify; by polling where there is none, or where
WATCHFILES_FORCE_POLLING asks for it, as network file systems need). A look at the whole folder now
and then finds what was not heard of.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final, TypeVar

import structlog

from platestream.feed.location import Location
from platestream.feed.picture import SourcePicture
from platestream.feed.settings import FeedSettings, SourceSettings
from platestream.feed.sources.files import decodes_whole, ends_whole, is_picture, read_picture
from platestream.feed.sources.protocol import DamagedPictureError, SourceBrokenError

_log = structlog.get_logger(__name__)

# How often candidates are looked at, and so the least time between the two looks that agree: a
# writer that pauses for longer right behind a thumbnail's end, and only there, would be cut short.
_LOOK_MS: Final = 200
# A look at the whole folder, for what the system did not tell (its queue of events is bounded).
_SCAN_SECONDS: Final = 60.0
# An upload that has stalled for so long is not going on; what is there is damaged.
_STALLED_SECONDS: Final = 60.0


@dataclass(slots=True)
class _Candidate:
    """A file that may still be written: what it was like at the last look, and since when."""

    size: int
    modified_ns: int
    since: float


Fingerprint = tuple[int, int]
_Taken = TypeVar("_Taken")


class WatchedFolder:
    """Follows a folder and the folders in it.

    Args:
        location: The folder.
        source: Its settings.
        feed: Those of all.
        stop: Ends it.
        now: Tells the time, in seconds, from any beginning.
    """

    def __init__(
        self,
        location: Location,
        source: SourceSettings,
        feed: FeedSettings,
        stop: Event,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = Path(location.address)
        self._source = source
        self._settle = feed.settle_seconds
        self._stop = stop
        self._now = now
        self._candidates: dict[Path, _Candidate] = {}
        # What was taken, as long as it is there: a file that is written again is another picture.
        self._taken: dict[Path, Fingerprint] = {}
        self._scanned: float | None = None

    def pictures(self) -> Iterator[SourcePicture | DamagedPictureError]:
        """As :class:`~platestream.feed.sources.protocol.Source` says."""
        from watchfiles import watch

        try:
            watching = watch(
                self._folder,
                watch_filter=None,
                debounce=_LOOK_MS,
                step=_LOOK_MS // 4,
                rust_timeout=_LOOK_MS,
                yield_on_timeout=True,
                stop_event=self._stop,
                raise_interrupt=False,
                ignore_permission_denied=True,
            )
            # The watch begins with its first answer: what came before that is found by the scan.
            for changes in watching:
                for _, path in changes:
                    self._heard_of(Path(path))
                if self._scanned is None or self._now() - self._scanned > _SCAN_SECONDS:
                    self._scan()
                yield from self._complete()
        except OSError as error:
            raise SourceBrokenError("failed", error.strerror or "cannot be watched") from None

    def _scan(self) -> None:
        first = self._scanned is None
        self._scanned = self._now()
        found = [path for path in self._folder.rglob("*") if is_picture(path)]
        gone = self._taken.keys() - set(found)
        for path in gone:
            del self._taken[path]
        for path in sorted(found):
            if first and not self._source.existing and path not in self._candidates:
                if (fingerprint := _fingerprint(path)) is not None:
                    self._taken[path] = fingerprint
            else:
                self._note(path)

    def _heard_of(self, path: Path) -> None:
        """Note what was written, and in a new folder what came before it was watched, too."""
        for inner in path.rglob("*") if path.is_dir() else (path,):
            self._note(inner)

    def _note(self, path: Path) -> None:
        if path in self._candidates or not is_picture(path):
            return
        fingerprint = _fingerprint(path)
        if fingerprint is not None and self._taken.get(path) != fingerprint:
            self._candidates[path] = _Candidate(*fingerprint, self._now())

    def _complete(self) -> Iterator[SourcePicture | DamagedPictureError]:
        # In the order in which they were written last.
        for path, known in sorted(
            self._candidates.items(), key=lambda item: (item[1].modified_ns, item[0])
        ):
            if self._stop.is_set():
                return
            picture = self._look(path, known)
            if picture is not None:
                yield picture

    def _look(self, path: Path, known: _Candidate) -> SourcePicture | DamagedPictureError | None:
        now = self._now()
        fingerprint = _fingerprint(path)
        if fingerprint is None:
            del self._candidates[path]
            return None
        if fingerprint != (known.size, known.modified_ns):
            self._candidates[path] = _Candidate(*fingerprint, now)
            return None
        still = now - known.since
        picture = None
        if still >= _LOOK_MS / 1000 and known.size:
            picture = self._read(path, known.size, still)
        if picture is not None:
            return self._take(path, fingerprint, picture)
        return self._given_up(path, fingerprint, still)

    def _read(
        self, path: Path, size: int, still: float
    ) -> SourcePicture | DamagedPictureError | None:
        """The picture of a file; None while it is not complete."""
        before = _fingerprint(path)
        try:
            picture = read_picture(path, self._name(path), arrival=self._source.clock == "arrival")
        except OSError:
            return None
        if isinstance(picture, DamagedPictureError):
            return picture
        data = picture.data or b""
        whole = ends_whole(data) or (still >= self._settle and decodes_whole(data))
        if len(data) != size or not whole:
            return None
        if not self._source.delete:
            return picture
        return replace(picture, settled=partial(_delete, path, before))

    def _given_up(
        self, path: Path, fingerprint: Fingerprint, still: float
    ) -> DamagedPictureError | None:
        if still < max(_STALLED_SECONDS, self._settle):
            return None
        _log.warning("file_incomplete", file=self._name(path), bytes=fingerprint[0])
        self._take(path, fingerprint, None)
        return DamagedPictureError()

    def _take(self, path: Path, fingerprint: Fingerprint, taken: _Taken) -> _Taken:
        del self._candidates[path]
        self._taken[path] = fingerprint
        return taken

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()


def _fingerprint(path: Path) -> Fingerprint | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _delete(path: Path, fingerprint: Fingerprint | None) -> None:
    """Delete a file, unless it was written again meanwhile."""
    if _fingerprint(path) == fingerprint:
        try:
            path.unlink()
        except OSError as error:
            _log.warning("file_not_deleted", file=path.name, reason=error.strerror)
