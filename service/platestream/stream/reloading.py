"""Files that are read again when they change, so that a secret is rotated without a restart."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Generic, TypeVar

Content = TypeVar("Content")

# Kubernetes swaps a mounted Secret within about a minute; one stat a second is fresh enough and
# costs nothing beside reading a picture.
_CHECK_EVERY_S: Final = 1.0


class ReloadedFile(Generic[Content]):
    """What a file holds, by now; where it has become wrong, what it held last. Thread-safe.

    Args:
        path: The file.
        load: Reads it. What it raises the first time comes out of the constructor.
        error: What ``load`` raises where the file cannot be used.
        reloaded: Told the new content.
        kept: Told why the content is still the old one, at every look.
    """

    def __init__(
        self,
        path: Path,
        load: Callable[[Path], Content],
        *,
        error: type[Exception],
        reloaded: Callable[[Content], None],
        kept: Callable[[Exception], None],
    ) -> None:
        self._path = path
        self._load = load
        self._error = error
        self._reloaded = reloaded
        self._kept = kept
        self._lock = threading.Lock()
        self._version: tuple[int, int, int] | None = None
        # Before its content: what changes meanwhile is read again. Why there is none, `load` says.
        with suppress(OSError):
            self._version = _version(path)
        self._content = load(path)
        self._checked_at = time.monotonic()

    @property
    def content(self) -> Content:
        """What it holds, at most a second old."""
        now = time.monotonic()
        if now - self._checked_at >= _CHECK_EVERY_S:
            with self._lock:
                self._checked_at = now
                self._reload_if_changed()
        return self._content

    def _reload_if_changed(self) -> None:
        try:
            version = _version(self._path)
            if version == self._version:
                return
            self._content = self._load(self._path)
        except (self._error, OSError) as problem:
            self._kept(problem)
            return
        self._version = version
        self._reloaded(self._content)


def _version(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
