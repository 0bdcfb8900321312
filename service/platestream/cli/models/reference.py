"""Where a bundle is to be fetched from, and the digest that it must have."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

SCHEMES: Final = ("oci", "https", "s3", "gs", "az")
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
# The distribution specification's grammar of repository names.
_REPOSITORY: Final = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


class SourceError(ValueError):
    """A source that is not one, or without a digest."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A source and its digest.

    Attributes:
        scheme: ``oci``, ``https``, ``s3``, ``gs`` or ``az``.
        host: Registry, web server, bucket or container; with the port, where there is one.
        path: Repository, path or key, without a slash before it.
        digest: ``sha256:`` and 64 hexadecimal digits: of an OCI manifest, else of the archive.
    """

    scheme: str
    host: str
    path: str
    digest: str

    @classmethod
    def parse(cls, text: str, digest: str | None = None) -> Self:
        """Read ``SOURCE@sha256:…``, or a source whose digest is given apart.

        Raises:
            SourceError: If it is not one; the text holds neither user nor password of it.
        """
        source, at, own = text.rpartition("@sha256:")
        if not at:
            source, own = text, ""
        wanted = f"sha256:{own}" if at else digest
        if wanted is None:
            raise SourceError("name the digest, too: SOURCE@sha256:… or --digest")
        if digest not in (None, wanted):
            raise SourceError("the digest in the source and that of --digest differ")
        if not DIGEST.fullmatch(wanted):
            raise SourceError("a digest is sha256: and 64 hexadecimal digits, lower case")
        scheme, host, path = _split(source)
        if scheme == "oci":
            path, _, tag = path.partition(":")
            if not _REPOSITORY.fullmatch(path) or (tag and not _TAG.fullmatch(tag)):
                raise SourceError("after oci:// comes REGISTRY/REPOSITORY")
        return cls(scheme, host, path, wanted)

    @property
    def shown(self) -> str:
        """For people: the source without its digest and query, which may hold a signature."""
        return f"{self.scheme}://{self.host}/{self.path.partition('?')[0]}"


def split_target(text: str) -> tuple[str, str, str]:
    """Registry, repository and tag of ``oci://REGISTRY/REPOSITORY:TAG``.

    Raises:
        SourceError: If it is not one.
    """
    scheme, host, path = _split(text)
    repository, _, tag = path.partition(":")
    if scheme != "oci" or not _REPOSITORY.fullmatch(repository) or not _TAG.fullmatch(tag):
        raise SourceError("a target is oci://REGISTRY/REPOSITORY:TAG")
    return host, repository, tag


def _split(source: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(source)
        _ = parts.port
    except ValueError:
        raise SourceError("the source is not a URL") from None
    if parts.scheme not in SCHEMES:
        raise SourceError(f"a source begins with {', '.join(f'{name}://' for name in SCHEMES)}")
    if "@" in parts.netloc:
        raise SourceError("no user or password in the source: see docs/MODELS.md")
    path = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    if not parts.netloc or not path or parts.fragment:
        raise SourceError("the source lacks a host or a path")
    return parts.scheme, parts.netloc, path
