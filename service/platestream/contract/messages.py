"""Frame messages: Avro, JSON or a bare picture, told apart by their first bytes.

====================  ===========================================================
first bytes           form
====================  ===========================================================
``0x00``              Avro ``FrameEvent`` in the Confluent wire format
``{`` or ``[``        JSON in the documented request form (``[`` gets its error);
                      white space and a byte order mark may come before
JPEG, PNG, BMP, TIFF  the picture itself
anything else         not supported
====================  ===========================================================

No supported picture starts with ``0x00``, a bracket or white space, so the forms never overlap.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from platestream.contract.avro import MAGIC_BYTE, SchemaStore, decode
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.identity import (
    NO_CLAIMS,
    Claims,
    Headers,
    identity_of,
    resolve_identity,
)
from platestream.contract.limits import DEFAULT_LIMITS, MessageLimits
from platestream.contract.request import load_request, picture_of
from platestream.contract.schemas import SchemaName

__all__ = [
    "DEFAULT_LIMITS",
    "Headers",
    "MessageForm",
    "MessageLimits",
    "RejectedFrameError",
    "decode_frame",
    "form_of",
    "identity_of",
]

MessageForm = Literal["avro", "json", "picture"]

_PICTURE_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# Enough to look past indentation; a message of nothing but white space is no JSON anyway.
_SNIFFED_BYTES: Final = 1024


class RejectedFrameError(FrameError):
    """A frame message that cannot become a frame.

    Attributes:
        frame: The best identity that could be had, with neither ``image`` nor ``url``: what the
            failure record needs.
        error: The same failure without a traceback, which would keep the message's bytes alive:
            the one to store until it is published.
    """

    def __init__(self, frame: Frame, error: FrameError) -> None:
        super().__init__(error.code, error.detail)
        self.frame = frame
        self.error = FrameError(error.code, error.detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A message whose form is known and read; nothing in it is checked yet."""

    claims: Claims = NO_CLAIMS
    image: Any = None
    url: Any = None


def form_of(value: bytes) -> MessageForm | None:
    """Tell the form of a message by its first bytes; ``None`` where it is none of them."""
    if value[:1] == bytes((MAGIC_BYTE,)):
        return "avro"
    if value.startswith(_PICTURE_MAGIC):
        return "picture"
    if value[:_SNIFFED_BYTES].removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"["):
        return "json"
    return None


def decode_frame(
    value: bytes | None,
    key: bytes | None,
    headers: Headers | None,
    source: SourceRef,
    timestamp_ms: int | None,
    *,
    store: SchemaStore,
    limits: MessageLimits = DEFAULT_LIMITS,
) -> Frame:
    """Turn one message of the frames topic into a frame.

    Args:
        value: The message's value, in any of the three forms.
        key: The message's key.
        headers: The message's headers: ``frame_id``, ``camera_id``, ``captured_at`` and
            ``attr.<name>``, each used where the body does not say it.
        source: The message's coordinates.
        timestamp_ms: The message's time, milliseconds since the epoch, if it has one.
        store: Where Avro schemas are looked up.
        limits: Bounds on the message and what is in it.

    Returns:
        A frame with exactly one of ``image`` and ``url``; the picture itself is not looked at.

    Raises:
        RejectedFrameError: The message is no frame; it carries the code and the best identity.
    """
    opened, failure = _Opened(), None
    try:
        opened = _open(value, store, limits)
    except FrameError as error:
        failure = error
    frame, problem = resolve_identity(
        opened.claims, key, headers, source, timestamp_ms, limits=limits
    )
    failure = failure or problem
    if failure is None:
        try:
            image, url = picture_of(opened.image, opened.url, limits=limits)
            return replace(frame, image=image, url=url)
        except FrameError as error:
            failure = error
    raise RejectedFrameError(frame, failure) from None


def _open(value: bytes | None, store: SchemaStore, limits: MessageLimits) -> _Opened:
    if not value:
        raise FrameError(ErrorCode.INVALID_PARAMETER, "The message is empty.")
    if len(value) > limits.max_message_bytes:
        raise FrameError(
            ErrorCode.PICTURE_SIZE,
            f"The message has {len(value)} bytes, more than {limits.max_message_bytes}.",
        )
    match form_of(value):
        case "avro":
            record = decode(value, SchemaName.FRAME_EVENT, store)
            # In Avro every field is there: its default stands for "not given".
            claims = _claims(record, record["captured_at"] or None)
            return _Opened(claims=claims, image=record["image"], url=record["url"])
        case "json":
            request = load_request(value, limits=limits)
            claims = _claims(request, request.get("captured_at"))
            return _Opened(claims=claims, image=request.get("image"), url=request.get("url"))
        case "picture":
            return _Opened(image=value)
        case _:
            raise FrameError(
                ErrorCode.UNSUPPORTED_FORMAT,
                "The message is neither Avro, JSON nor a JPEG, PNG, BMP or TIFF picture.",
            )


def _claims(body: dict[str, Any], captured_at: Any) -> Claims:
    return Claims(
        frame_id=body.get("frame_id"),
        camera_id=body.get("camera_id"),
        captured_at=captured_at,
        attributes=body.get("attributes"),
    )
