"""The documented JSON request: ``{"image": "<base64>"}`` or ``{"url": "..."}``.

One reading of it serves every interface, so that the same bytes get the same code everywhere.
"""

import binascii
import json
from typing import Any, Final, NoReturn

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.limits import DEFAULT_LIMITS, MessageLimits

# What `base64` and MIME encoders put between lines. Anything else outside the alphabet is refused.
_LINE_BREAKS: Final = str.maketrans("", "", " \t\r\n")


class _RefusedJsonError(ValueError):
    """JSON that the standard parser would let through."""


def load_request(body: bytes, *, limits: MessageLimits = DEFAULT_LIMITS) -> dict[str, Any]:
    """Parse the JSON object of a request; fields that are not documented are left in it.

    Args:
        body: UTF-8, with or without a byte order mark.
        limits: Bounds on the structure.

    Raises:
        FrameError: ``INVALID_JSON``: not UTF-8, not JSON, not an object, a name given twice,
            ``NaN`` or ``Infinity``, or more values than a request can need.
    """
    if (
        body.count(b"{") + body.count(b"[") > limits.max_json_brackets
        or body.count(b",") > limits.max_json_commas
    ):
        raise FrameError(ErrorCode.INVALID_JSON, "It holds more values than a request can have.")
    try:
        document = json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_object_of_unique_names,
            parse_constant=_refuse_constant,
        )
    except _RefusedJsonError as error:
        raise FrameError(ErrorCode.INVALID_JSON, str(error)) from None
    except UnicodeDecodeError:
        raise FrameError(ErrorCode.INVALID_JSON, "It is not UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"Line {error.lineno}, column {error.colno}."
        raise FrameError(ErrorCode.INVALID_JSON, place) from None
    except (ValueError, RecursionError):  # a number of thousands of digits; too deep a nesting
        raise FrameError(ErrorCode.INVALID_JSON) from None
    if not isinstance(document, dict):
        raise FrameError(ErrorCode.INVALID_JSON, "It must be an object.")
    return document


def picture_of(
    image: Any, url: Any, *, limits: MessageLimits = DEFAULT_LIMITS
) -> tuple[bytes | None, str | None]:
    """Check a request's ``image`` and ``url`` and return the picture's bytes or its URL.

    Null and empty count as not given.

    Args:
        image: Base64 text, or bytes where the form carries the picture as it is.
        url: The picture's URL. Only its shape is checked here, not where it leads.
        limits: Bounds of the sizes.

    Returns:
        ``(picture, None)`` or ``(None, url)``.

    Raises:
        FrameError: ``INVALID_PARAMETER``: both, neither, or of the wrong type;
            ``UNSUPPORTED_FORMAT``: ``image`` is not Base64; ``PICTURE_SIZE``: it is too large.
    """
    image = None if isinstance(image, str | bytes) and not image else image
    url = None if url == "" else url
    if (image is None) == (url is None):
        given = "neither is" if image is None else "both are"
        raise _invalid(f"Exactly one of image and url must be given; {given}.")
    if url is not None:
        return None, _checked_url(url, limits)
    picture = image if isinstance(image, bytes) else decode_base64(image, limits=limits)
    if len(picture) > limits.max_picture_bytes:
        raise FrameError(
            ErrorCode.PICTURE_SIZE,
            f"It has {len(picture)} bytes, more than {limits.max_picture_bytes}.",
        )
    return picture, None


def decode_base64(text: Any, *, limits: MessageLimits = DEFAULT_LIMITS) -> bytes:
    """Decode standard Base64 with its padding. Spaces, tabs and line breaks are passed over.

    Raises:
        FrameError: ``INVALID_PARAMETER``: not a string; ``PICTURE_SIZE``: the text is too long;
            ``UNSUPPORTED_FORMAT``: it is not Base64, or holds nothing.
    """
    if not isinstance(text, str):
        raise _invalid("image must be a string.")
    if len(text) > limits.max_base64_chars:
        raise FrameError(
            ErrorCode.PICTURE_SIZE,
            f"Its Base64 has {len(text)} characters, more than {limits.max_base64_chars}.",
        )
    try:
        try:
            picture = binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            picture = binascii.a2b_base64(text.translate(_LINE_BREAKS), strict_mode=True)
    except ValueError:  # binascii.Error is one; text outside ASCII is another
        raise FrameError(ErrorCode.UNSUPPORTED_FORMAT, "image is not Base64.") from None
    if not picture:
        raise FrameError(ErrorCode.UNSUPPORTED_FORMAT, "image holds no picture.")
    return picture


def _checked_url(url: Any, limits: MessageLimits) -> str:
    if not isinstance(url, str):
        raise _invalid("url must be a string.")
    if len(url) > limits.max_url_chars:
        raise _invalid(f"url has {len(url)} characters, more than {limits.max_url_chars}.")
    if not url.isprintable() or " " in url:
        raise _invalid("url contains spaces or control characters.")
    return url


def _invalid(detail: str) -> FrameError:
    return FrameError(ErrorCode.INVALID_PARAMETER, detail)


def _object_of_unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        # Readers differ on which of the two counts; a sender must not mean one and get the other.
        raise _RefusedJsonError("A name is given twice.")
    return made


def _refuse_constant(_: str) -> NoReturn:
    raise _RefusedJsonError("NaN and Infinity are not JSON.")
