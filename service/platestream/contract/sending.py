"""The message that a sender of pictures makes: the picture itself, its identity in headers.

The form without Avro or JSON: no schema has to be known, no copy made, nothing encoded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from platestream.contract.errors import FrameError
from platestream.contract.frames import SourceRef
from platestream.contract.identity import (
    ATTRIBUTE_HEADER_PREFIX,
    Claims,
    resolve_identity,
)

_NOWHERE: Final = SourceRef("", -1, -1)
# What a record takes beside key, value and headers, each of which has a length of up to five
# bytes: librdkafka counts at most this much of a message and the head of its batch.
_RECORD_BYTES: Final = 128
_LENGTH_BYTES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameMessage:
    """A message for the frames topic.

    Attributes:
        key: The camera's id, UTF-8.
        value: The picture: JPEG, PNG, BMP or TIFF.
        headers: ``frame_id``, ``camera_id``, ``captured_at`` and the attributes.
    """

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameIdentity:
    """Who a frame is, as its sender states it.

    Attributes:
        frame_id: The sender's id of the frame.
        camera_id: The camera.
        captured_at: Milliseconds since the Unix epoch, UTC.
        attributes: The sender's own words.
    """

    frame_id: str
    camera_id: str
    captured_at: int
    attributes: Mapping[str, str] = field(default_factory=dict)

    def problem(self) -> FrameError | None:
        """What a reader of the message would refuse of it."""
        claims = Claims(
            frame_id=self.frame_id,
            camera_id=self.camera_id,
            captured_at=self.captured_at,
            attributes=dict(self.attributes),
        )
        return resolve_identity(claims, None, None, _NOWHERE, None)[1]

    def message(self, picture: bytes) -> FrameMessage:
        """The message of ``picture``."""
        return FrameMessage(
            key=self.camera_id.encode(),
            value=picture,
            headers=(
                ("frame_id", self.frame_id.encode()),
                ("camera_id", self.camera_id.encode()),
                ("captured_at", str(self.captured_at).encode()),
                *(
                    (ATTRIBUTE_HEADER_PREFIX + name, text.encode())
                    for name, text in self.attributes.items()
                ),
            ),
        )

    def room(self, max_record_bytes: int) -> int:
        """Bytes that are left for the picture in a record of ``max_record_bytes``."""
        message = self.message(b"")
        taken = len(message.key) + sum(
            len(name.encode()) + len(value) + 2 * _LENGTH_BYTES for name, value in message.headers
        )
        return max_record_bytes - taken - _RECORD_BYTES
