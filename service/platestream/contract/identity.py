"""Who a frame is: its id, camera, time and attributes, gathered from a message's parts.

For each field the body comes first, then the message header of the same name, then (for the
camera) the message key, then a default. What the sender states but cannot be used fails the frame;
the remaining sources still give the failure record the best identity there is. A key alone states
nothing: one that is no usable text is passed over.
"""

import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, TypeVar

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.limits import DEFAULT_LIMITS, MessageLimits

Headers = Sequence[tuple[str, bytes | None]]

UNKNOWN_CAMERA: Final = "unknown"
ATTRIBUTE_HEADER_PREFIX: Final = "attr."
# Set by a replay, as a header: topic/partition/offset of the message that was dead-lettered first.
REPLAYED_FROM: Final = "replayed_from"

# 2000-01-01 to 2100-01-01. The lower bound catches seconds sent as milliseconds (they fall in
# January 1970), the upper one microseconds.
MIN_CAPTURED_AT: Final = 946_684_800_000
MAX_CAPTURED_AT: Final = 4_102_444_800_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_TIME_TEXT: Final = 40
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a message's body says about its frame: unchecked, ``None`` where it says nothing."""

    frame_id: Any = None
    camera_id: Any = None
    captured_at: Any = None
    attributes: Any = None


NO_CLAIMS: Final = Claims()


def identity_of(
    key: bytes | None,
    headers: Headers | None,
    source: SourceRef,
    timestamp_ms: int | None = None,
    *,
    limits: MessageLimits = DEFAULT_LIMITS,
) -> Frame:
    """Return the best identity that a message has without its body, as a frame with no picture."""
    return resolve_identity(NO_CLAIMS, key, headers, source, timestamp_ms, limits=limits)[0]


def resolve_identity(
    claims: Claims,
    key: bytes | None,
    headers: Headers | None,
    source: SourceRef,
    timestamp_ms: int | None,
    *,
    limits: MessageLimits = DEFAULT_LIMITS,
) -> tuple[Frame, FrameError | None]:
    """Gather a frame's identity. Never raises.

    Args:
        claims: What the body says.
        key: The message key; names the camera where nothing else does.
        headers: The message headers; of a repeated name the last counts.
        source: The message's coordinates; they make the ``frame_id`` where the sender gave none.
        timestamp_ms: The message's own time, milliseconds since the epoch, if it has one.
        limits: Bounds of the fields.

    Returns:
        A frame without picture, and the first thing wrong with what the sender stated, if any.
    """
    problems: list[FrameError] = []
    by_header = {name: value for name, value in headers or () if value is not None}

    def pick(name: str, claim: Any, check: Callable[[str, Any], _T], default: _T) -> _T:
        for value in (claim, by_header.get(name)):
            if value is None or (isinstance(value, str | bytes) and not value):
                continue
            try:
                return check(name, value)
            except FrameError as error:
                problems.append(error)
        return default

    def checked_id(name: str, value: Any) -> str:
        return _checked_text(name, value, limits.max_id_chars)

    try:
        attributes = _attributes(claims.attributes, by_header, limits)
    except FrameError as error:
        problems.append(error)
        attributes = MappingProxyType({})
    frame = Frame(
        frame_id=pick(
            "frame_id",
            claims.frame_id,
            checked_id,
            f"{source.topic}-{source.partition}-{source.offset}",
        ),
        camera_id=pick("camera_id", claims.camera_id, checked_id, _camera_of(key, limits)),
        captured_at=pick(
            "captured_at", claims.captured_at, _checked_time, _message_time(timestamp_ms)
        ),
        source=source,
        attributes=attributes,
    )
    return frame, problems[0] if problems else None


def _invalid(detail: str) -> FrameError:
    return FrameError(ErrorCode.INVALID_PARAMETER, detail)


def _checked_text(name: str, value: Any, longest: int) -> str:
    """Return ``value`` as text that can be written, logged and used as a key."""
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            raise _invalid(f"{name} is not UTF-8.") from None
    if not isinstance(value, str):
        raise _invalid(f"{name} must be a string.")
    if len(value) > longest:
        raise _invalid(f"{name} has {len(value)} characters, more than {longest}.")
    # Cc: control characters forge log lines; Cs: half a surrogate pair, which UTF-8 cannot hold.
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise _invalid(f"{name} contains control characters or is not Unicode text.")
    return value


def _checked_time(name: str, value: Any) -> int:
    """Return milliseconds since the epoch, given as an int, its digits, or ISO 8601 with offset."""
    if isinstance(value, bytes | str):
        text = _checked_text(name, value, _LONGEST_TIME_TEXT)
        value = int(text) if text.isascii() and text.isdigit() else _parse_iso(name, text)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _invalid(f"{name} must be whole milliseconds since 1970 or an ISO 8601 time.")
    if not MIN_CAPTURED_AT <= value < MAX_CAPTURED_AT:
        raise _invalid(f"{name} must be milliseconds since 1970, between the years 2000 and 2100.")
    return value


def _parse_iso(name: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise _invalid(f"{name} must carry its UTC offset, such as Z or +08:00.")
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise _invalid(f"{name} is not an ISO 8601 time.") from None


def _attributes(
    claim: Any, by_header: Mapping[str, bytes], limits: MessageLimits
) -> Mapping[str, str]:
    """Return the attributes of headers and body together; of one name the body's counts.

    The mark of a replay is ours and not the sender's: it takes no place among the attributes, so
    that it never makes a frame invalid, and nothing in the body hides it.
    """
    marked = ATTRIBUTE_HEADER_PREFIX + REPLAYED_FROM
    pairs: list[tuple[Any, Any]] = [
        (name.removeprefix(ATTRIBUTE_HEADER_PREFIX), value)
        for name, value in by_header.items()
        if name.startswith(ATTRIBUTE_HEADER_PREFIX) and name != marked
    ]
    if claim is not None:
        if not isinstance(claim, Mapping):
            raise _invalid("attributes must be a map of strings.")
        pairs.extend(claim.items())
    count = len({name for name, _ in pairs})
    if count > limits.max_attributes:
        raise _invalid(f"There are {count} attributes, more than {limits.max_attributes}.")
    if marked in by_header:
        pairs.append((REPLAYED_FROM, by_header[marked]))
    return MappingProxyType(dict(_checked_attributes(pairs, limits.max_attribute_chars)))


def _checked_attributes(
    pairs: Iterable[tuple[Any, Any]], longest: int
) -> Iterable[tuple[str, str]]:
    for name, value in pairs:
        checked = _checked_text("An attribute's name", name, longest)
        if not checked:
            raise _invalid("An attribute has no name.")
        yield checked, _checked_text("An attribute's value", value, longest)


def _camera_of(key: bytes | None, limits: MessageLimits) -> str:
    try:
        return _checked_text("key", key or b"", limits.max_id_chars) or UNKNOWN_CAMERA
    except FrameError:
        return UNKNOWN_CAMERA


def _message_time(timestamp_ms: int | None) -> int:
    if timestamp_ms is not None and MIN_CAPTURED_AT <= timestamp_ms < MAX_CAPTURED_AT:
        return timestamp_ms
    return time.time_ns() // 1_000_000
