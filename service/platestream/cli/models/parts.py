"""Files that are fetched in pieces: resumed where they broke off, bounded, and verified."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

# Enough for a network between two mobile masts; each try goes on where the one before ended.
_TRIES: Final = 5
_READ_BYTES: Final = 1024 * 1024


class PullError(Exception):
    """A bundle that cannot be fetched, or is not the one that was asked for."""


class BrokenOffError(Exception):
    """A transfer that ended early, or did not begin; another try may go on from there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file to fetch.

    Attributes:
        name: What it is called here: a bare name.
        digest: ``sha256:`` and its digits.
        size: Bytes; None where the source does not say beforehand.
        open: Gives its bytes from an offset on, as they come, and the offset that they begin at: 0
            where the source does not know of parts. May raise :class:`BrokenOffError`.
    """

    name: str
    digest: str
    size: int | None
    open: Callable[[int], tuple[int, Iterator[bytes]]]


@contextmanager
def breaks_told() -> Iterator[None]:
    """Raise :class:`BrokenOffError` where a transfer breaks; its own text may hold an address."""
    try:
        yield
    except httpx.HTTPError as error:
        raise BrokenOffError(type(error).__name__) from error


def bytes_of(answer: httpx.Response, close: Callable[[], object]) -> Iterator[bytes]:
    """The body of ``answer`` as it comes: gathered, what came last before a break would be lost.

    Raises:
        BrokenOffError: If the transfer breaks.
    """
    try:
        with breaks_told():
            yield from answer.iter_raw()
    finally:
        close()


def fetch_part(part: Part, folder: Path, most_bytes: int, advance: Callable[[int], None]) -> Path:
    """Fetch ``part`` into ``folder``, going on with what is there of it.

    Args:
        part: The file.
        folder: Where it is kept, whole or not.
        most_bytes: How large it may be.
        advance: Told how many more bytes there are.

    Returns:
        The whole file.

    Raises:
        PullError: If it is larger, not to be had, or has another digest; then it is gone.
    """
    path = folder / part.name
    if part.size is not None and part.size > most_bytes:
        raise PullError(f"{part.name}: {part.size} bytes, and {most_bytes} are allowed")
    have = path.stat().st_size if path.exists() else 0
    advance(have)
    problem = ""
    for _ in range(_TRIES):
        if part.size is not None and have == part.size:
            break
        try:
            have = _append(part, path, have, most_bytes, advance)
        except BrokenOffError as error:
            problem = str(error)
            have = path.stat().st_size if path.exists() else 0
            continue
        if part.size is None or have >= part.size:
            break
        problem = f"it ended after {have} of {part.size} bytes"
    else:
        raise PullError(f"{part.name}: {problem}; {have} bytes are kept for the next time")
    if digest_of(path) != part.digest:
        path.unlink()
        raise PullError(f"{part.name}: its digest is not {part.digest}")
    return path


def _append(
    part: Part, path: Path, have: int, most_bytes: int, advance: Callable[[int], None]
) -> int:
    start, chunks = part.open(have)
    if start != have:
        advance(start - have)
    with path.open("ab") as stream:
        stream.truncate(start)
        stream.seek(start)
        size = start
        for chunk in chunks:
            size += len(chunk)
            if size > most_bytes:
                raise PullError(f"{part.name}: more than the {most_bytes} bytes that are allowed")
            stream.write(chunk)
            advance(len(chunk))
    return size


def digest_of_bytes(content: bytes) -> str:
    """The SHA-256 of some bytes, as ``sha256:…``."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, as ``sha256:…``."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_READ_BYTES):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"
