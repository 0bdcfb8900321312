"""Cameras that sent frames and send none any more: how many they are, and in the log which."""

import threading
import time
from collections.abc import Callable, Collection, Hashable
from typing import Any, Final

# Some megabytes. Of a larger fleet those that came first are followed.
_MOST_CAMERAS: Final = 50_000
# Whoever is silent for a day has been taken down, and is no alert for ever.
_FORGOTTEN_AFTER_S: Final = 86_400.0


class CameraPresence:
    """When each camera was last heard. Thread-safe.

    A camera is known by the place that it is heard at, its partition: of one that is given away
    the cameras are somebody else's to watch.

    Args:
        clock: Seconds that never go back.

    Attributes:
        silence_seconds: After how long a camera counts as silent; None, and none ever does.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.silence_seconds: float | None = None
        self._clock = clock
        self._heard: dict[tuple[Hashable, str], float] = {}
        self._silent: set[tuple[Hashable, str]] = set()
        self._lock = threading.Lock()

    def heard(self, place: Hashable, camera_id: str) -> None:
        """Note a frame of a camera."""
        if self.silence_seconds is None:
            return
        key = (place, camera_id)
        with self._lock:
            if key in self._heard or len(self._heard) < _MOST_CAMERAS:
                self._heard[key] = self._clock()

    def forget(self, places: Collection[Hashable]) -> None:
        """Watch the cameras of these places no more."""
        with self._lock:
            for key in [key for key in self._heard if key[0] in places]:
                del self._heard[key]
                self._silent.discard(key)

    def silent(self) -> int:
        """How many are silent now; says in the log who fell silent, and who is back."""
        if self.silence_seconds is None:
            return 0
        now = self._clock()
        with self._lock:
            for key in [k for k, at in self._heard.items() if now - at > _FORGOTTEN_AFTER_S]:
                del self._heard[key]
            silent = {k for k, at in self._heard.items() if now - at > self.silence_seconds}
            fell, back = silent - self._silent, (self._silent - silent) & self._heard.keys()
            self._silent = silent
        for _, camera_id in sorted(fell, key=str):
            _log().warning("camera_silent", camera_id=camera_id, seconds=self.silence_seconds)
        for _, camera_id in sorted(back, key=str):
            _log().info("camera_back", camera_id=camera_id)
        return len(silent)


def _log() -> Any:
    # With structlog comes rich, and readers of pictures alone need neither.
    import structlog

    return structlog.get_logger(__name__)
