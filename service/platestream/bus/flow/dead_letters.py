"""The dead-letter limit: a bad deployment must stop, not turn the stream into dead letters.

A camera can be bad for as long as it likes, and so can any number of them; no share of failed
frames tells bad cameras from a bad deployment. Two other things do:

- *A bad deployment reads nothing.* From its first frame on everything fails, of cameras that have
  nothing in common. One frame that is read ends this rule for the life of the process: from then on
  what fails is the sender's business.
- *No camera causes our own codes.* A picture that passed the guard and was decoded is ours to read.
  If a large share of the latest frames ends in one of :data:`OWN_CODES`, it is us.

When the limit is reached the service ends, and nothing is dropped: the frame at which it was
reached, and all behind it, are neither published nor committed.
"""

from collections import deque
from typing import Final

from platestream.bus.flow.settings import DeadLetterSettings
from platestream.contract.errors import ErrorCode
from platestream.stream.outcome import FrameOutcome

OWN_CODES: Final = frozenset({ErrorCode.RECOGNITION_FAILED, ErrorCode.TIMEOUT})


class DeadLetterLimitError(Exception):
    """Too many frames fail for the frames to be at fault."""


class DeadLetterLimit:
    """Counts the ends of frames, in the order in which they are to be delivered.

    Args:
        settings: The limits.
    """

    def __init__(self, settings: DeadLetterSettings) -> None:
        self._settings = settings
        self._read_one = False
        self._failed = 0
        self._cameras: set[str] = set()
        self._own: deque[bool] = deque(maxlen=settings.window_frames)
        self._own_failures = 0

    def note(self, outcome: FrameOutcome) -> None:
        """Count one end.

        Raises:
            DeadLetterLimitError: This one is too many and must not be delivered.
        """
        settings = self._settings
        if not settings.enabled:
            return
        own = outcome.error is not None and outcome.error.code in OWN_CODES
        if len(self._own) == settings.window_frames:
            self._own_failures -= self._own[0]
        self._own.append(own)
        self._own_failures += own
        if outcome.error is None:
            self._read_one = True
            self._cameras.clear()
        elif not self._read_one:
            self._failed += 1
            # Enough is enough: the set stays small however many cameras there are.
            if len(self._cameras) < settings.min_cameras:
                self._cameras.add(outcome.frame.camera_id)
        self._check()

    def _check(self) -> None:
        window, cameras = self._settings.window_frames, self._settings.min_cameras
        if not self._read_one and self._failed >= window and len(self._cameras) >= cameras:
            raise DeadLetterLimitError(
                f"none of the first {self._failed} frames could be read, of {cameras} cameras or "
                "more: this deployment is at fault, not the frames (kafka.dead_letters)"
            )
        if len(self._own) == window:
            share = self._own_failures / window
            if share >= self._settings.max_own_ratio:
                raise DeadLetterLimitError(
                    f"{share:.0%} of the last {window} frames failed here, though their pictures "
                    "are good (kafka.dead_letters)"
                )
