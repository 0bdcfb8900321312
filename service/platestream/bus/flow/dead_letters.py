"""The dead-letter limit: a bad deployment must stop, not turn the stream into dead letters.

A camera can be bad for as long as it likes, and so can any number of them; no share of failed
frames tells bad cameras from a bad deployment. Two other things do:

- *A bad deployment reads nothing.* From its first frame on everything fails, of cameras that have
  nothing in common. One frame that is read ends this rule for the life of the process: from then on
  what fails is the sender's business.
- *No camera causes our own code.* A picture that passed the guard and was decoded is ours to read,
  and its answer ours to publish. If a large share of the latest frames ends in :data:`OWN_CODE`,
  it is us, or a topic that refuses our answers. A picture host or a schema registry that stays away
  has other codes: it is not us, and a restart would not mend it.

When the limit is reached the service ends, and nothing is dropped: the frame at which it was
reached, and all behind it, are neither published nor committed.
"""

from collections import deque
from collections.abc import Collection
from typing import Final

from platestream.bus.configuration.failures import DeadLetterSettings
from platestream.bus.partitions import Partition
from platestream.contract.errors import ErrorCode
from platestream.contract.frames import SourceRef
from platestream.stream.outcome import FrameOutcome

OWN_CODE: Final = ErrorCode.RECOGNITION_FAILED
# A text for a log line: more partitions than these fail alike.
_NAMED_PARTITIONS: Final = 8

_Ranges = dict[tuple[str, int], tuple[int, int]]  # by topic and partition, first and last offset


class DeadLetterLimitError(Exception):
    """Too many frames fail for the frames to be at fault."""


class DeadLetterLimit:
    """Counts the ends of frames, each when it is known.

    A failure is known before it is published. An answer is only known once brokers have taken it:
    one that they refuse ends as a failure, and a topic whose limit is too small refuses them all.

    Args:
        settings: The limits.
    """

    def __init__(self, settings: DeadLetterSettings) -> None:
        self._settings = settings
        self._read_one = False
        self._failed = 0
        self._failures: _Ranges = {}
        self._cameras: set[str] = set()
        # Of the latest frames: where it is, for each that failed by our fault.
        self._own: deque[SourceRef | None] = deque(maxlen=settings.window_frames)
        self._own_failures = 0
        self._on_their_way: set[SourceRef] = set()  # answers that nobody has taken yet

    def note(self, outcome: FrameOutcome) -> None:
        """Note an outcome that is about to be delivered.

        Raises:
            DeadLetterLimitError: This one is too many and must not be delivered.
        """
        if outcome.stale is not None:  # nobody tried to read it: it says nothing of us
            return
        if outcome.error is None:
            self._on_their_way.add(outcome.frame.source)
        else:
            self._count(outcome)

    def delivered(self, outcome: FrameOutcome) -> None:
        """Note that brokers have taken the records of ``outcome``."""
        if outcome.frame.source in self._on_their_way:
            self._on_their_way.discard(outcome.frame.source)
            self._count(outcome)

    def refused(self, outcome: FrameOutcome) -> None:
        """Note that brokers refused an answer, so that ``outcome`` is what it ends in.

        Raises:
            DeadLetterLimitError: This one is too many and must not be delivered.
        """
        # Else it is a failure whose record was too large, and remains the failure that it was.
        if outcome.frame.source in self._on_their_way:
            self._on_their_way.discard(outcome.frame.source)
            self._count(outcome)

    def forget(self, partitions: Collection[Partition]) -> None:
        """Forget the answers of partitions that are let go of: they are never delivered."""
        self._on_their_way = {
            source
            for source in self._on_their_way
            if Partition(source.topic, source.partition) not in partitions
        }

    def _count(self, outcome: FrameOutcome) -> None:
        settings = self._settings
        if not settings.enabled:
            return
        source = outcome.frame.source
        own = outcome.error is not None and outcome.error.code is OWN_CODE
        if len(self._own) == settings.window_frames:
            self._own_failures -= self._own[0] is not None
        self._own.append(source if own else None)
        self._own_failures += own
        if outcome.error is None:
            self._read_one = True
            self._cameras.clear()
            self._failures.clear()
        elif not self._read_one:
            self._failed += 1
            _widen(self._failures, source)
            # Enough is enough: the set stays small however many cameras there are.
            if len(self._cameras) < settings.min_cameras:
                self._cameras.add(outcome.frame.camera_id)
        self._check()

    def _check(self) -> None:
        window, cameras = self._settings.window_frames, self._settings.min_cameras
        # An answer that is on its way may be the first frame that is read.
        unread = not self._read_one and not self._on_their_way
        if unread and self._failed >= window and len(self._cameras) >= cameras:
            raise DeadLetterLimitError(
                f"none of the first {self._failed} frames could be read, of {cameras} cameras or "
                "more: this deployment is at fault, not the frames "
                f"(kafka.dead_letters.window_frames: {window}); {_where(self._failures)}"
            )
        if len(self._own) == window:
            share = self._own_failures / window
            if share >= self._settings.max_own_ratio:
                ranges: _Ranges = {}
                for source in self._own:
                    if source is not None:
                        _widen(ranges, source)
                raise DeadLetterLimitError(
                    f"{share:.0%} of the last {window} frames failed with {OWN_CODE.code}, though "
                    "their pictures are good (kafka.dead_letters.max_own_ratio: "
                    f"{self._settings.max_own_ratio:g}); {_where(ranges)}"
                )


def _widen(ranges: _Ranges, source: SourceRef) -> None:
    """Let ``ranges`` have ``source`` in them."""
    place = source.topic, source.partition
    first, last = ranges.get(place, (source.offset, source.offset))
    ranges[place] = min(first, source.offset), max(last, source.offset)


def _where(ranges: _Ranges) -> str:
    """In words, between which offsets of which partitions the failures are."""
    named = [
        f"{topic}[{partition}] {first} to {last}"
        for (topic, partition), (first, last) in sorted(ranges.items())
    ]
    more = len(named) - _NAMED_PARTITIONS
    rest = f" and {more} more partitions" if more > 0 else ""
    return f"failures at {', '.join(named[:_NAMED_PARTITIONS])}{rest}"
