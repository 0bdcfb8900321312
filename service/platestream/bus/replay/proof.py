"""Whether a message is the one that failed, which its coordinates alone do not prove.

A topic may have been deleted and made anew, or its log cut after an unclean election: then another
message stands where the failed one stood, and to replay that one would attach its plates to the
camera and the time of the first. So a message counts only if what the service would tell of it is
what the failure record tells.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from platestream.bus.flow.message import identify, open_message
from platestream.contract.avro import SchemaStore
from platestream.contract.frames import Frame
from platestream.contract.messages import DEFAULT_LIMITS, RejectedFrameError

# The time of a message is its sender's, whose clock may be ahead of ours; brokers let it be ahead
# by an hour (message.timestamp.after.max.ms). It only matters where all of the identity fits.
_CLOCKS_APART_MS: Final = 60 * 60 * 1000


def is_the_failed_one(message: Message, failure: Mapping[str, Any], store: SchemaStore) -> bool:
    """Whether ``message`` provably is what ``failure`` tells of.

    Without a stated time a frame was captured at the time of its message, in milliseconds, so even
    a bare picture has something to be known by. One whose message has no usable time either cannot
    be proven.

    Raises:
        RegistryUnavailableError: The schema of the message could not be looked up.
    """
    payload = failure["payload"]
    if payload is not None and payload != message.value():
        return False
    kind, at = message.timestamp()
    if kind != TIMESTAMP_NOT_AVAILABLE and at > failure["failed_at"] + _CLOCKS_APART_MS:
        return False
    return any(_is_told(frame, failure) for frame in _identities(message, store))


def _identities(message: Message, store: SchemaStore) -> Iterator[Frame]:
    """What the service may have told of ``message``, without and with its body.

    Without it where the body could not be opened then: its schema was unknown or out of reach.
    """
    yield identify(message, DEFAULT_LIMITS)
    try:
        yield open_message(message, store, DEFAULT_LIMITS)
    except RejectedFrameError as rejected:
        yield rejected.frame


def _is_told(frame: Frame, failure: Mapping[str, Any]) -> bool:
    told = failure["attributes"]
    return (
        frame.frame_id == failure["frame_id"]
        and frame.camera_id == failure["camera_id"]
        and frame.captured_at == failure["captured_at"]
        # A record that was too large for its topic was published without its attributes.
        and (not told or told == dict(frame.attributes))
    )
