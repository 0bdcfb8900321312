"""The motion gate: whether anything moves, on a reduced grey picture.

It is there to leave out what is certainly nothing: an empty road by night is most of a camera's
frames. Where it is not sure it lets the frame pass, since a frame that is read for nothing costs a
second's fraction, and a vehicle that is missed is gone.

The background is a mixture of Gaussians for each pixel (Zivkovic 2004; OpenCV's MOG2), which learns
the noise of each place: swaying leaves become background, where a difference of two frames would
see them for ever. A change of light changes everything at once and passes, too, until it is learnt.
"""

from typing import Final

import cv2
import numpy as np

from platestream.feed.settings import MotionSettings
from platestream.vision.arrays import UInt8Array

# Seconds that the background remembers. A vehicle that stands at a barrier for less stays visible.
_MEMORY_SECONDS: Final = 20.0
# Pixels of the reduced picture that stand alone are noise.
_KERNEL: Final = np.ones((3, 3), np.uint8)
# Squared distance, in deviations, from which a pixel is no background; and the least deviation,
# grey levels squared, which block noise of a compressed stream stays within.
_DISTANCE: Final = 16.0
_LEAST_VARIANCE: Final = 16.0
# Times that run backwards or jump begin anew.
_GAP_MS: Final = 60_000


class MotionGate:
    """Lets the frames of one camera pass while something moves in them.

    Args:
        settings: When something moves.
    """

    def __init__(self, settings: MotionSettings) -> None:
        self._settings = settings
        self._model = self._new_model()
        self._before: int | None = None
        self._shape: tuple[int, ...] = ()
        self._moved_at: int | None = None
        self._passed_at: int | None = None

    def passes(self, grey: UInt8Array, captured_at: int) -> bool:
        """Whether the frame goes on.

        Args:
            grey: The reduced picture, uint8 ``[height, width]``.
            captured_at: Milliseconds since the epoch.
        """
        gap = None if self._before is None else captured_at - self._before
        if gap is None or not 0 <= gap <= _GAP_MS or grey.shape != self._shape:
            self._model = self._new_model()
            self._moved_at = self._passed_at = None
            self._shape = grey.shape
            gap = None
        self._before = captured_at
        rate = 1.0 if gap is None else min(0.5, gap / 1000 / _MEMORY_SECONDS)
        mask = self._model.apply(grey, learningRate=rate)
        changed = cv2.countNonZero(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _KERNEL)) / grey.size
        if gap is not None and changed >= self._settings.min_area:
            self._moved_at = captured_at
        if self._held(captured_at) or self._due(captured_at):
            self._passed_at = captured_at
            return True
        return False

    def _held(self, now: int) -> bool:
        since = self._moved_at
        return since is not None and now - since <= self._settings.hold_seconds * 1000

    def _due(self, now: int) -> bool:
        since = self._passed_at
        return since is None or now - since >= self._settings.idle_seconds * 1000

    @staticmethod
    def _new_model() -> cv2.BackgroundSubtractorMOG2:
        model = cv2.createBackgroundSubtractorMOG2(varThreshold=_DISTANCE, detectShadows=False)
        model.setVarMin(_LEAST_VARIANCE)
        return model
