"""Which dead letters a replay takes, which message is theirs, and what came of it.

A frame that is replayed and fails again leaves another record. The attribute ``replayed_from``
names the message that was dead-lettered first, the frame's *root*, and keeps naming it however
often the frame is replayed. So all failures of a frame have one root, and a replay takes only the
last of them.

The coordinates of a message do not prove that it is the one that failed. A topic may have been
deleted and made anew, or its log cut after an unclean election: then another message stands where
the failed one stood, and to replay that one would attach its plates to the camera and the time of
the first. So a message counts only if what the service would tell of it is what the failure tells.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from platestream.bus.flow.messages import identify, open_message
from platestream.contract.avro import SchemaStore
from platestream.contract.frames import Frame
from platestream.contract.identity import REPLAYED_FROM
from platestream.contract.messages import DEFAULT_LIMITS, RejectedFrameError


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which failures. What is empty or None selects all.

    Attributes:
        codes: Error codes, such as ``ModelArts.4603``.
        cameras: Camera ids.
        since: Failed at or after this, milliseconds since the epoch.
        until: Failed before this, milliseconds since the epoch.
        limit: Most frames.
    """

    codes: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None
    limit: int | None = None

    def takes(self, failure: Mapping[str, Any]) -> bool:
        """Whether a ``FrameFailure`` is one of them."""
        return (
            (not self.codes or failure["error_code"] in self.codes)
            and (not self.cameras or failure["camera_id"] in self.cameras)
            and (self.since is None or failure["failed_at"] >= self.since)
            and (self.until is None or failure["failed_at"] < self.until)
        )


@dataclass(slots=True)
class ReplaySummary:
    """What a replay came to.

    Attributes:
        read: Records of the failures topic that were looked at.
        selected: Frames that were selected, each once.
        replayed: Frames that are on the frames topic again (with ``dry_run``: would be).
        again: Those of the replayed that had been replayed before, and failed again.
        repeated: Older failures of selected frames.
        gone: Selected frames whose message is neither in the record nor provably in its topic.
        unreadable: Records that are no ``FrameFailure``.
        unknown_schemas: Those of the unreadable whose schema is not known here.
        by_code: Frames that were replayed, by error code.
    """

    read: int = 0
    selected: int = 0
    replayed: int = 0
    again: int = 0
    repeated: int = 0
    gone: int = 0
    unreadable: int = 0
    unknown_schemas: int = 0
    by_code: dict[str, int] = field(default_factory=dict)


# The time of a message is its sender's, whose clock may be ahead of ours; brokers let it be ahead
# by an hour (message.timestamp.after.max.ms). It only matters where all of the identity fits.
_CLOCKS_APART_MS: Final = 60 * 60 * 1000

_MARK: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}/\d{1,10}/\d{1,19}")


class Place(NamedTuple):
    """Where a record stands on the failures topic."""

    partition: int
    offset: int


def root_of(failure: Mapping[str, Any]) -> str:
    """``topic/partition/offset`` of the message that was dead-lettered first."""
    source = failure["source"]
    own = f"{source['topic']}/{source['partition']}/{source['offset']}"
    return str(failure["attributes"][REPLAYED_FROM]) if is_marked(failure) else own


def is_marked(failure: Mapping[str, Any]) -> bool:
    """Whether the frame had been replayed before it failed."""
    return _MARK.fullmatch(failure["attributes"].get(REPLAYED_FROM, "")) is not None


class Identity(NamedTuple):
    """Who a frame is, as its failure says."""

    frame_id: str
    camera_id: str
    captured_at: int

    @classmethod
    def of(cls, failure: Mapping[str, Any]) -> "Identity":
        """That of ``failure``."""
        return cls(failure["frame_id"], failure["camera_id"], failure["captured_at"])


@dataclass(slots=True)
class FailedFrame:
    """A frame with all its failures.

    Attributes:
        place: Its last failure.
        failed_at: When that was.
        selected: Whether that one is selected.
        again: Whether it had been replayed before.
        failures: How many there are.
    """

    place: Place
    failed_at: int
    selected: bool
    again: bool
    failures: int = 0


class FailedFrames:
    """Tells the frames behind failure records. Keeps no payload.

    A root alone is not enough: a topic that was deleted and made anew has the same coordinates for
    another frame. Nor is the identity: a sender may give the same one to two messages.
    """

    def __init__(self) -> None:
        self._frames: dict[tuple[str, Identity], FailedFrame] = {}
        self._of_root: dict[str, list[tuple[Identity, FailedFrame]]] = {}

    def note(self, failure: Mapping[str, Any], place: Place, *, selected: bool) -> None:
        """Take a failure in."""
        root, identity, marked = root_of(failure), Identity.of(failure), is_marked(failure)
        failed_at = failure["failed_at"]
        frame = self._frames.get((root, identity))
        if frame is None and marked:
            frame = self._drifted(root, identity, failure)
        if frame is None:
            frame = FailedFrame(place, failed_at, selected, marked)
            self._of_root.setdefault(root, []).append((identity, frame))
        self._frames[root, identity] = frame
        frame.failures += 1
        if (failed_at, place) >= (frame.failed_at, frame.place):
            frame.place, frame.failed_at = place, failed_at
            frame.selected, frame.again = selected, marked

    def selected(self) -> Iterator[FailedFrame]:
        """The frames whose last failure is selected, each once."""
        for frames in self._of_root.values():
            yield from (frame for _, frame in frames if frame.selected)

    def _drifted(
        self, root: str, identity: Identity, failure: Mapping[str, Any]
    ) -> FailedFrame | None:
        """The frame of ``root`` whose identity changes with each replay, as far as it is certain.

        A frame that states what cannot be used (a time without its offset) fails again, and has
        each time the defaults of its new message.
        """
        frames = self._of_root.get(root, [])
        if len(frames) != 1:
            return None
        (known, frame), source = frames[0], failure["source"]
        default = f"{source['topic']}-{source['partition']}-{source['offset']}"
        same = known.camera_id == identity.camera_id and identity.frame_id in (
            known.frame_id,
            default,
        )
        return frame if same else None


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
