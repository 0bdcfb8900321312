"""Frames that are passed over unread: counted, and said with the range and the reason."""

import structlog

from platestream.bus.partitions import Partition
from platestream.telemetry.metrics import Metrics, SkipReason

_log = structlog.get_logger(__name__)


class Skipped:
    """Keeps account of them. Counts are of offsets, so transaction markers count as frames, too.

    Args:
        metrics: Where they are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def deleted(self, partition: Partition, offset: int, first: int) -> None:
        """Retention, or somebody, deleted what is before ``first``; ``offset`` was to be read."""
        self._note("retention", partition, offset, first, frames=first - offset)

    def recreated(self, partition: Partition, offset: int | None, unread: int, first: int) -> None:
        """Another topic has the name; ``unread`` messages of the old one had not been read.

        That is what was unread when last looked at: a few may have been read since.
        """
        self._note("topic_recreated", partition, offset, first, frames=unread)

    def truncated(self, partition: Partition, offset: int, end: int, first: int) -> None:
        """The log ends before ``offset``: brokers lost its end. It is read again from the start."""
        self._note("log_truncated", partition, offset, first, frames=0, end=end)

    def started_at_end(self, partition: Partition, first: int, end: int) -> None:
        """A group without offsets begins at the end, as the settings say."""
        self._note("offset_reset", partition, first, end, frames=end - first)

    def offset_set(
        self, partition: Partition, offset: int, first: int | None, end: int | None
    ) -> None:
        """The committed offset is not this service's own: somebody set it.

        How much that passes over is known to nobody, since it took the place of the old one.
        """
        kept = {"first_kept": first, "end": end}
        self._note("offset_reset", partition, None, offset, frames=0, **kept)

    def _note(
        self,
        reason: SkipReason,
        partition: Partition,
        offset: int | None,
        goes_on_at: int,
        *,
        frames: int,
        **more: int | None,
    ) -> None:
        self._metrics.position_resets.labels(reason).inc()
        self._metrics.frames_skipped.labels(reason).inc(frames)
        _log.warning(
            "position_reset",
            reason=reason,
            topic=partition.topic,
            partition=partition.number,
            offset=offset,
            goes_on_at=goes_on_at,
            frames_skipped=frames,
            **more,
        )
