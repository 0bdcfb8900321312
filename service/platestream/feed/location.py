"""What a source's text means, and what of it may be shown."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote, urlsplit

Kind = Literal["stream", "film", "folder", "watched"]

_SCHEMES: Final = ("rtsp", "rtsps", "http", "https")


class SourceProblemError(ValueError):
    """A source that cannot be one, found before anything is opened."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place that pictures come from.

    Attributes:
        kind: What it is.
        address: What is opened, credentials included: never to be logged.
        shown: The same without them.
    """

    kind: Kind
    address: str = field(repr=False)
    shown: str

    @property
    def live(self) -> bool:
        """Whether it goes on without end and waits for nobody."""
        return self.kind == "stream"

    @property
    def endless(self) -> bool:
        """Whether it has no end of its own."""
        return self.kind in ("stream", "watched")


def shown(source: str) -> str:
    """``source`` without user, password, query and fragment, where cameras take passwords, too."""
    if "://" not in source:
        return source
    try:
        parts = urlsplit(source)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "<not a URL>"
    return f"{parts.scheme}://{host}{parts.path}"


def locate(source: str, *, watch: bool, credentials_file: Path | None = None) -> Location:
    """Tell what ``source`` is.

    Raises:
        SourceProblemError: It is nothing that can be opened, or its credentials cannot be read.
    """
    if "://" in source:
        if watch:
            raise SourceProblemError("only a folder can be watched")
        scheme = source.partition("://")[0].lower()
        if scheme not in _SCHEMES:
            raise SourceProblemError(f"{scheme}:// is none of {', '.join(_SCHEMES)}")
        return Location("stream", _with_credentials(source, credentials_file), shown(source))
    path = Path(source)
    if credentials_file is not None:
        raise SourceProblemError("credentials_file is for URLs")
    if path.is_dir():
        return Location("watched" if watch else "folder", source, source)
    if watch:
        raise SourceProblemError(f"{source}: there is no such folder")
    if not path.is_file():
        raise SourceProblemError(f"{source}: there is no such file or folder")
    return Location("film", source, source)


def _with_credentials(source: str, file: Path | None) -> str:
    try:
        parts = urlsplit(source)
        host, _ = parts.hostname, parts.port
    except ValueError:
        # The library's words quote the URL.
        raise SourceProblemError("the URL is malformed") from None
    if not host:
        raise SourceProblemError("the URL names no host")
    if file is None:
        return source
    try:
        user, colon, password = file.read_text("utf-8").rstrip("\r\n").partition(":")
    except (OSError, UnicodeDecodeError):
        raise SourceProblemError(f"{file} cannot be read") from None
    if not colon:
        raise SourceProblemError(f"{file} does not hold user:password")
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{place}"
    return parts._replace(netloc=netloc).geturl()
