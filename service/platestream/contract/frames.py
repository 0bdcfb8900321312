"""Frames: what comes in, whatever form the message had."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from platestream.telemetry.tracing import FrameTrace

_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a frame was read from. ``topic`` is empty and ``partition`` -1 for an HTTP request.

    Attributes:
        topic: The topic of its message.
        partition: The partition.
        offset: The offset.
        digest: Tells the message from another one that stood at the same coordinates, in a topic of
            the same name that was deleted since, or before the log was cut; see
            :func:`message_digest`. Empty where there is no message.
    """

    topic: str
    partition: int
    offset: int
    digest: str = ""


def message_digest(value: bytes | None, timestamp_ms: int | None) -> str:
    """Return what tells a message from others at its coordinates: the same at each reading.

    It is the SHA-256, in hex, of the message's time (decimal milliseconds; nothing where it has
    none), a slash and the value. The time is in it since values repeat: a message may hold nothing
    but the URL of a camera's present picture.

    Coordinates and a digest do without the topic's id, which a consumer is not told with a message:
    whoever asks for it learns of another one too late.
    """
    digest = hashlib.sha256(f"{'' if timestamp_ms is None else timestamp_ms}/".encode())
    digest.update(value or b"")
    return digest.hexdigest()


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
        trace: Where its way is told of; None where it is not traced.
    """

    frame_id: str
    camera_id: str
    captured_at: int
    source: SourceRef
    image: bytes | None = None
    url: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: _NO_ATTRIBUTES)
    trace: "FrameTrace | None" = field(default=None, compare=False, repr=False)

    def traced(self, trace: "FrameTrace | None") -> Self:
        """The frame with its trace; itself where it has none."""
        return self if trace is None else replace(self, trace=trace)
