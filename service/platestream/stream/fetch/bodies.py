"""Taking a body in, bounded at every step."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from platestream.stream.fetch.errors import FetchError, FetchFailure

# 32 + MAX_WBITS: zlib finds out itself whether a gzip or a zlib header is there.
_ANY_HEADER: Final = 32 + zlib.MAX_WBITS
_DEFLATED: Final = frozenset({"gzip", "x-gzip", "deflate"})


class BoundedBuffer:
    """Collects chunks up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()

    @property
    def room(self) -> int:
        """Bytes that may still be added."""
        return self._limit - len(self._data)

    def add(self, chunk: bytes) -> None:
        """Append ``chunk``.

        Raises:
            FetchError: ``TOO_LARGE``; nothing is appended.
        """
        if len(chunk) > self.room:
            raise too_large(self._limit)
        self._data += chunk

    def take(self) -> bytes:
        """What was collected."""
        return bytes(self._data)


def too_large(limit: int) -> FetchError:
    """The error of a body over ``limit`` bytes."""
    return FetchError(FetchFailure.TOO_LARGE, f"The body is larger than {limit} bytes.")


def whole_number(value: str | None) -> int | None:
    """The number in a header such as Content-Length; None where it is absent or no number."""
    if value is None or not (value.isascii() and value.isdigit()):
        return None
    # Eighteen digits are beyond every limit; int() refuses numbers of thousands of digits.
    return int(value.lstrip("0")[:18] or "0")


def read_body(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Join ``chunks``, undoing ``encoding``, in at most ``limit`` bytes of memory for the result.

    The fetcher asks for no encoding, but stores serve what was uploaded compressed as it is. Both
    the bytes received and the bytes they inflate to are held to the limit, and never more than the
    limit is inflated at once.

    Raises:
        FetchError: ``TOO_LARGE``, ``ENCODING`` for an unknown encoding, ``BROKEN`` for bad data.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        buffer = BoundedBuffer(limit)
        for chunk in chunks:
            buffer.add(chunk)
        return buffer.take()
    if encoding in _DEFLATED:
        return _inflate(_metered(chunks, limit), limit)
    raise FetchError(FetchFailure.ENCODING)


def _metered(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise too_large(limit)
        yield chunk


def _inflate(chunks: Iterable[bytes], limit: int) -> bytes:
    inflater = zlib.decompressobj(_ANY_HEADER)
    buffer = BoundedBuffer(limit)
    try:
        for chunk in chunks:
            # One byte over the room is enough to know; max_length 0 would mean "no limit".
            buffer.add(inflater.decompress(chunk, buffer.room + 1))
            if inflater.unconsumed_tail:
                raise too_large(limit)
    except zlib.error as error:
        raise FetchError(FetchFailure.BROKEN) from error
    if not inflater.eof or inflater.unused_data:
        raise FetchError(FetchFailure.BROKEN)
    return buffer.take()
