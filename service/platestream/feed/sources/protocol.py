"""What a source is to the camera that reads it."""

from collections.abc import Iterator
from typing import Protocol

from platestream.feed.picture import SourcePicture
from platestream.telemetry.feed_metrics import FeedBreak


class SourceBrokenError(Exception):
    """A source that cannot be opened or read on.

    Args:
        reason: Which way.
        detail: What the library says of it, without the address.
    """

    def __init__(self, reason: FeedBreak, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class DamagedPictureError(Exception):
    """What stands in place of one picture: it was there, and cannot be used."""


class Source(Protocol):
    """One place that pictures come from."""

    def pictures(self) -> Iterator[SourcePicture | DamagedPictureError]:
        """The pictures of one connection, or of one pass through a film or folder.

        Ends at the end of it, or when the source is told to stop.

        Raises:
            SourceBrokenError: It cannot be opened or read on.
        """
