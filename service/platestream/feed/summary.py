"""What a feed came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platestream.telemetry.feed_metrics import FeedDrop


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSummary:
    """What became of a camera's frames.

    Attributes:
        read: Frames taken from the source: those published and dropped.
        published: Frames that are on the topic.
        dropped: Frames that are not, by reason.
        reconnects: Connections that ended or failed, by reason.
        failed: Whether a film or folder could not be read to its end.
    """

    read: int
    published: int
    dropped: Mapping[str, int]
    reconnects: Mapping[str, int]
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSummary:
    """What a feed came to.

    Attributes:
        cameras: By id.
        latency_seconds: From capture to acknowledgement, of live sources: p50, p99 and max.
    """

    cameras: Mapping[str, CameraSummary]
    latency_seconds: Mapping[str, float]

    @property
    def lost(self) -> int:
        """Frames that should be on the topic and are not, whatever the settings leave out."""
        meant: tuple[FeedDrop, ...] = ("damaged", "too_large", "undelivered")
        return sum(camera.dropped.get(why, 0) for camera in self.cameras.values() for why in meant)

    @property
    def failed(self) -> bool:
        """Whether a film or folder could not be read to its end."""
        return any(camera.failed for camera in self.cameras.values())
