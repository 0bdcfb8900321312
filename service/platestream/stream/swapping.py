"""Model bundles that change while frames are read: seen, verified, warmed, tried, put in force."""

import hashlib
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from platestream.contract.readings import ModelRef
from platestream.stream.reader import Reader
from platestream.stream.readers import Readers, Seen
from platestream.telemetry.metrics import Metrics
from platestream.vision.models.bundle import MANIFEST_NAME
from platestream.vision.models.pointer import PointerError, bundle_folder
from platestream.vision.models.settings import SwapSettings

_log = structlog.get_logger(__name__)

# Large enough to pass the reader's own checks.
_BLANK_SIDE: Final = 64
# A bundle has a manifest, up to six models and a card.
_MOST_FILES: Final = 100

# The folder, and of each file in it the name, inode, size and times.
_Mark = tuple[str, tuple[tuple[str, int, int, int, int], ...]]


class SwapRefusedError(Exception):
    """A new bundle must not come into force."""


class ModelSwapper:
    """Follows the path of the bundle, in a thread of its own, and swaps what it finds there.

    A look costs one ``stat`` for each file of the folder. A change is read once the folder has
    stood still between two looks, so that one that is being copied is left alone. What is loaded
    is verified, warmed and tried on an empty picture, and on the last pictures in which plates were
    read, beside the reader in force; frames go on meanwhile. What fails changes nothing and is not
    tried again until it changes, or :meth:`wake` is called.

    Args:
        path: A bundle's folder, or what points to one.
        readers: Where a new reader is put in force.
        open_reader: Makes a reader of what the path means now, not warm yet.
        settings: How it is followed and tried.
        metrics: Where swaps are counted.
    """

    def __init__(
        self,
        path: Path,
        readers: Readers,
        open_reader: Callable[[], Reader],
        settings: SwapSettings,
        metrics: Metrics,
    ) -> None:
        self._path = path
        self._readers = readers
        self._open_reader = open_reader
        self._settings = settings
        self._metrics = metrics
        # Put from a signal handler, where an Event's set could deadlock.
        self._wakes: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._read = self._last = self._mark()
        # What is in force was loaded a moment ago; without its manifest it would not have been.
        self._digests = {readers.current.model: self._digest()}
        self._thread = threading.Thread(target=self._follow, name="model-swapper", daemon=True)

    def start(self) -> None:
        """Begin to follow the path."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once, and try again what was refused. May be called in a signal handler."""
        self._wakes.put(True)

    def close(self) -> None:
        """Follow it no more."""
        self._wakes.put(False)

    def look(self, *, again: bool = False) -> None:
        """Swap the bundle if it is another one than before, and stands still.

        Args:
            again: Whether to read it whether or not it has changed, at once.
        """
        mark = self._mark()
        still, self._last = mark == self._last, mark
        if not again and (mark == self._read or not still):
            return
        self._read = mark
        began = time.monotonic()
        before = self._readers.current.model
        try:
            reader = self._tried(before)
        except Exception as error:  # noqa: BLE001 - whatever it is, the bundle is not to be used
            self._metrics.model_swaps.labels("refused").inc()
            self._metrics.model_refused.set(1)
            _log.error(
                "model_refused",
                path=str(self._path),
                reason=f"{type(error).__name__}: {error}",
                in_use=str(before),
            )
            reader = None
        else:
            self._metrics.model_refused.set(0)
        seconds = time.monotonic() - began
        self._metrics.model_swap_seconds.observe(seconds)
        if reader is not None:
            self._metrics.model_swaps.labels("applied").inc()
            self._readers.replace(reader, self._settings.trial_frames)
            _log.info(
                "model_swapped",
                model=str(reader.model),
                before=str(before),
                seconds=round(seconds, 3),
            )

    def _tried(self, before: ModelRef) -> Reader | None:
        """A warm reader of the bundle that is there; None where it is the one in use."""
        digest = self._digest()
        reader = self._open_reader()
        known = self._digests.setdefault(reader.model, digest)
        if known != digest:
            raise SwapRefusedError("another bundle had this version; a version names one content")
        if reader.model == before:
            # The folder was touched, or the pointer is back where it was.
            return None
        reader.warm_up()
        try_reader(reader, self._readers.seen, self._settings.least_found_share)
        return reader

    def _mark(self) -> _Mark | None:
        """What is another with another folder or other files; None where there is none."""
        try:
            folder = bundle_folder(self._path)
            files = sorted(one for one in folder.iterdir() if one.is_file())[:_MOST_FILES]
            stats = [(one.name, one.stat()) for one in files]
        except (OSError, PointerError):
            return None
        return str(folder), tuple(
            (name, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
            for name, stat in stats
        )

    def _digest(self) -> str:
        manifest = bundle_folder(self._path) / MANIFEST_NAME
        return hashlib.sha256(manifest.read_bytes()).hexdigest()

    def _follow(self) -> None:
        every = self._settings.poll_seconds if self._settings.watch else None
        while True:
            try:
                if not self._wakes.get(timeout=every):
                    return
                again = True
            except queue.Empty:
                again = False
            self.look(again=again)


def try_reader(reader: Reader, seen: tuple[Seen, ...], least_share: float) -> None:
    """Read an empty picture, and pictures in which another reader saw plates.

    Raises:
        SwapRefusedError: If the reader finds too few of their plates.
        Exception: Whatever it raises itself.
    """
    blank = np.zeros((_BLANK_SIDE, _BLANK_SIDE, 3), np.uint8)
    if len(reader.read([blank])) != 1:
        raise SwapRefusedError("it gave no answer to an empty picture")
    expected = sum(one.plates for one in seen)
    if not expected:
        return
    answers = reader.read([one.picture for one in seen], [one.camera for one in seen])
    found = sum(min(len(plates), one.plates) for plates, one in zip(answers, seen, strict=True))
    if found < least_share * expected:
        raise SwapRefusedError(
            f"it finds {found} of the {expected} plates that are found now in the last "
            f"{len(seen)} pictures (vision.swap.least_found_share)"
        )
