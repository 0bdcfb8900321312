"""Frames: what comes in, whatever form the message had."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a frame was read from. ``topic`` is empty and ``partition`` -1 for an HTTP request."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture to read, with its identity.

    Exactly one of ``image`` and ``url`` is set; both are ``None`` only in what is left of a message
    that was rejected, where the identity alone goes on to the failure record.

    Attributes:
        frame_id: The sender's id of the frame, or one derived from ``source``.
        camera_id: The camera; the key of every record that the frame leads to.
        captured_at: Milliseconds since the Unix epoch, UTC.
        image: The encoded picture (JPEG, PNG, BMP, TIFF), not yet checked.
        url: Where the picture is to be fetched from.
        attributes: The sender's own words, carried through to the events.
        source: The coordinates of the message.
    """

    frame_id: str
    camera_id: str
    captured_at: int
    source: SourceRef
    image: bytes | None = None
    url: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: _NO_ATTRIBUTES)
