"""Receiving a body: bounded before it is held, in time, and unpacked within the same bound."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

from platestream.contract.errors import ErrorCode, FrameError

_GZIP: Final = frozenset({"gzip", "x-gzip"})  # one format; RFC 9110 wants both names known
# zlib's number for "a gzip header, and nothing else".
_GZIP_ONLY: Final = 16 + zlib.MAX_WBITS


def declared_size(headers: Mapping[str, str], limit: int) -> int:
    """How many bytes the body may have: its Content-Length, or ``limit`` where there is none.

    Args:
        headers: Lower-case names to values.
        limit: Most bytes.

    Raises:
        FrameError: ModelArts.4104 for more than ``limit``; AIS.0101 where it is no number.
    """
    declared = headers.get("content-length")
    if declared is None:
        return limit
    if not (declared.isascii() and declared.isdigit()):
        raise FrameError(ErrorCode.INVALID_PARAMETER, "Content-Length is not a number.")
    # A number of thousands of digits is too large whatever it is; parsing it would raise.
    if len(declared) > len(str(limit)) + 1 or int(declared) > limit:
        raise _too_large(limit)
    return int(declared)


async def receive_body(chunks: AsyncIterator[bytes], *, limit: int, within: float) -> bytes:
    """Collect a body.

    Args:
        chunks: The body as it comes.
        limit: Most bytes.
        within: Longest time for all of it, seconds.

    Raises:
        FrameError: ModelArts.4104 for a body over the limit, as soon as it passes it;
            APIG.0201 for a body that does not come.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in chunks:
                if len(body) + len(chunk) > limit:
                    raise _too_large(limit)
                body += chunk
    except TimeoutError:
        raise FrameError(ErrorCode.TIMEOUT, "The body did not come in time.") from None
    return bytes(body)


def is_packed(headers: Mapping[str, str]) -> bool:
    """Whether the body comes compressed with gzip.

    Raises:
        FrameError: AIS.0101 for any other compression.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in _GZIP:
        return True
    if encoding in ("", "identity"):
        return False
    raise FrameError(ErrorCode.INVALID_PARAMETER, "Content-Encoding must be gzip or none.")


def unpacked(body: bytes, *, limit: int) -> bytes:
    """What a gzip body holds; never more than ``limit`` bytes of it are made.

    Raises:
        FrameError: ModelArts.4104 for more than ``limit``; ModelArts.4105 for what is not exactly
            one whole gzip member.
    """
    unpacking = zlib.decompressobj(_GZIP_ONLY)
    try:
        document = unpacking.decompress(body, limit + 1)
    except zlib.error:
        raise FrameError(ErrorCode.INVALID_JSON, "The body is not valid gzip.") from None
    if len(document) > limit:
        raise _too_large(limit)
    if not unpacking.eof or unpacking.unused_data:
        raise FrameError(ErrorCode.INVALID_JSON, "The gzip of the body is cut short or too long.")
    return document


def _too_large(limit: int) -> FrameError:
    return FrameError(ErrorCode.BODY_TOO_LARGE, f"The limit is {limit} bytes.")
