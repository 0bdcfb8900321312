"""The message that a replayed frame becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from platestream.bus.replay.lineage import root_of
from platestream.bus.replay.originals import Headers, Original
from platestream.contract.identity import (
    ATTRIBUTE_HEADER_PREFIX,
    REPLAYED_FROM,
    UNKNOWN_CAMERA,
)

_MARK: Final = ATTRIBUTE_HEADER_PREFIX + REPLAYED_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedFrame:
    """A message for the frames topic.

    Attributes:
        value: The value of the message that failed.
        key: Its key, or else the camera.
        headers: Its headers, the identity where they do not say it, and where it comes from.
        partition: Where its camera's frames are; -1 to go by the key.
        described: Which frame it is, for messages.
    """

    value: bytes
    key: bytes | None
    headers: Headers
    partition: int
    described: str


def replayed(failure: Mapping[str, Any], original: Original, partition: int) -> ReplayedFrame:
    """``original`` as a new message that tells the same frame, camera and time."""
    identity: Headers = [
        ("frame_id", failure["frame_id"].encode()),
        ("camera_id", failure["camera_id"].encode()),
        ("captured_at", str(failure["captured_at"]).encode()),
    ]
    if original.headers is None:
        # Only the record is left, so what it says stands in for what the headers said.
        key = original.key
        if key is None and failure["camera_id"] != UNKNOWN_CAMERA:
            key = failure["camera_id"].encode()
        attributes = failure["attributes"].items()
        headers = identity + [
            (ATTRIBUTE_HEADER_PREFIX + name, text.encode())
            for name, text in attributes
            if name != REPLAYED_FROM
        ]
    else:
        # What the sender stated stays, even what cannot be used: for that the frame fails again,
        # rather than be given a guess.
        key = original.key
        last = {name: value for name, value in original.headers if value is not None}
        headers = [header for header in original.headers if header[0] != _MARK]
        headers += [header for header in identity if not last.get(header[0])]
    root = root_of(failure)
    return ReplayedFrame(
        value=original.value,
        key=key,
        headers=[*headers, (_MARK, root.encode())],
        partition=partition,
        described=f"the frame of {root}",
    )
