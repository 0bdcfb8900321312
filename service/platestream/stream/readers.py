"""The reader that frames are read with, which may be replaced while frames are on their way."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from platestream.contract.errors import FrameError
from platestream.stream.inference import Answer, read_isolated
from platestream.stream.reader import Reader, ReaderBrokenError, labels_of
from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture

_log = structlog.get_logger(__name__)

# Enough to tell a reader that finds nothing from one that misses a doubtful plate.
_KEPT_PICTURES: Final = 4
# A frame of 2K: larger ones are not kept, so that all of them take 24 MiB at most.
_KEPT_BYTES: Final = 6 * 1024 * 1024


class Seen(NamedTuple):
    """A picture in which the reader in force read plates."""

    picture: Picture | UInt8Array
    camera: CameraSettings | None
    plates: int


class Readers:
    """The reader in force and, while that is on trial, the one before it.

    A frame is bound to the reader in force when it is submitted, so that where the readers change
    lies between two frames of a partition, whatever order they are decoded in. A new reader is on
    trial for its first frames: if it fails on a picture that the one before reads, it is taken out
    again, and everything that it has not answered is read by the one before.

    Args:
        reader: In force at first.
        metrics: Where readers and their changes are counted.
        keep_pictures: Whether a few pictures with plates are kept in memory, to try readers on.
    """

    def __init__(self, reader: Reader, metrics: Metrics, *, keep_pictures: bool = False) -> None:
        self._metrics = metrics
        self._lock = threading.Lock()
        self._current = reader
        self._previous: Reader | None = None
        self._trial_left = 0
        # Frames in flight still name it.
        self._taken_out: Reader | None = None
        self._seen: deque[Seen] = deque(maxlen=_KEPT_PICTURES if keep_pictures else 0)
        self._describe(reader)

    @property
    def current(self) -> Reader:
        """The reader in force."""
        return self._current

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The last pictures in which plates were read, if any are kept."""
        with self._lock:
            return tuple(self._seen)

    @property
    def on_trial(self) -> bool:
        """Whether the reader before is still there to go back to."""
        return self._previous is not None

    def replace(self, reader: Reader, trial_frames: int) -> None:
        """Put ``reader``, which is warm, in force for the frames that come from now on.

        Args:
            reader: The new one.
            trial_frames: How many frames it is on trial for; 0 for none.
        """
        with self._lock:
            before, self._current = self._current, reader
            self._previous = before if trial_frames > 0 else None
            self._trial_left = trial_frames
        self._describe(reader, before)

    def read(
        self,
        reader: Reader,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None],
    ) -> tuple[list[Answer], Reader]:
        """Read ``pictures`` with the reader that their frames are bound to.

        Returns:
            The answers, and who gave them: another reader where the frames' own is taken out.

        Raises:
            ReaderBrokenError: If the reader is beyond help, and there is no other.
        """
        if reader is self._taken_out:
            reader = self._current
        try:
            answers = read_isolated(reader, pictures, cameras)
        except ReaderBrokenError as error:
            # Asked now: it may have been replaced meanwhile.
            other = self._other_than(reader)
            if other is None:
                raise
            reason = str(error)
        else:
            other = self._other_than(reader)
            failed = [i for i, answer in enumerate(answers) if isinstance(answer, FrameError)]
            if other is None or not _reads_any(other, failed, pictures, cameras):
                self._count(reader, pictures, cameras, answers)
                return answers, reader
            reason = f"failed on {len(failed)} of {len(pictures)} pictures"
        self._take_out(reader, other, reason)
        return read_isolated(other, pictures, cameras), other

    def _other_than(self, reader: Reader) -> Reader | None:
        """Who reads what ``reader`` fails on: of one on trial, and of one that was replaced."""
        with self._lock:
            return self._previous if reader is self._current else self._current

    def _take_out(self, reader: Reader, other: Reader, reason: str) -> None:
        with self._lock:
            self._taken_out = reader
            if reader is not self._current:
                return
            self._current, self._previous = other, None
        self._metrics.model_swaps.labels("rolled_back").inc()
        self._metrics.model_refused.set(1)
        self._describe(other, reader)
        _log.error(
            "model_rolled_back",
            model=str(reader.model),
            back_to=str(other.model),
            reason=reason,
        )

    def _count(
        self,
        reader: Reader,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None],
        answers: Sequence[Answer],
    ) -> None:
        settled = False
        with self._lock:
            for picture, camera, answer in zip(pictures, cameras, answers, strict=True):
                if answer and not isinstance(answer, FrameError) and _size(picture) <= _KEPT_BYTES:
                    self._seen.append(Seen(picture, camera, len(answer)))
            if reader is self._current and self._previous is not None:
                self._trial_left -= len(answers)
                if settled := self._trial_left <= 0:
                    self._previous = None
        if settled:
            _log.info("model_trial_passed", model=str(reader.model))

    def _describe(self, reader: Reader, before: Reader | None = None) -> None:
        labels = labels_of(reader)
        self._metrics.model_info.labels(*labels).set(1)
        self._metrics.model_loaded_timestamp.set_to_current_time()
        if before is not None and labels_of(before) != labels:
            self._metrics.model_info.remove(*labels_of(before))


def _size(picture: Picture | UInt8Array) -> int:
    """Bytes that a picture's pixels take."""
    return picture.height * picture.width * 3 if isinstance(picture, Picture) else picture.nbytes


def _reads_any(
    reader: Reader,
    indexes: Sequence[int],
    pictures: Sequence[Picture | UInt8Array],
    cameras: Sequence[CameraSettings | None],
) -> bool:
    """Whether ``reader`` reads one of the pictures that another one failed on."""
    if not indexes:
        return False
    chosen, theirs = [pictures[i] for i in indexes], [cameras[i] for i in indexes]
    try:
        answers = read_isolated(reader, chosen, theirs)
    except ReaderBrokenError:
        return False
    return any(not isinstance(answer, FrameError) for answer in answers)
