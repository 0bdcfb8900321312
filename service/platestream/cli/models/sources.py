"""What a source offers to fetch: the files of an OCI artefact, or one archive."""

import netrc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from platestream.cli.models.parts import BrokenOffError, Part, PullError, breaks_told, bytes_of
from platestream.cli.models.reference import DIGEST, Reference
from platestream.cli.models.registry import TITLE, Registry

ARCHIVE: Final = "bundle.tar"
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_MOST_FILES: Final = 100
# A request each; what broke off is asked for again from there.
_RANGE_BYTES: Final = 8 * 1024 * 1024
# As for registries: the first byte within seconds, and no silence of more than half a minute.
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)


@contextmanager
def open_source(reference: Reference, *, insecure: bool = False) -> Iterator[list[Part]]:
    """Ask the source what there is; its files may be fetched while the body runs.

    Args:
        reference: The source.
        insecure: Speak HTTP with an OCI registry.

    Raises:
        PullError: If it cannot be had.
    """
    if reference.scheme == "oci":
        with Registry(reference.host, reference.path, insecure=insecure) as registry:
            yield _layers(registry, reference.digest)
    elif reference.scheme == "https":
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=True, auth=_netrc()) as client:
            url = f"https://{reference.host}/{reference.path}"
            yield [Part(ARCHIVE, reference.digest, None, lambda offset: _get(client, url, offset))]
    else:
        yield [_object(reference)]


def _netrc() -> httpx.NetRCAuth | None:
    """Users and passwords of web servers, where somebody has written them down."""
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        return httpx.NetRCAuth(str(path)) if path.is_file() else None
    except (OSError, netrc.NetrcParseError):
        raise PullError(f"{path} cannot be read") from None


def _layers(registry: Registry, digest: str) -> list[Part]:
    try:
        layers = registry.manifest(digest)["layers"]
    except BrokenOffError as error:
        raise PullError(str(error)) from error
    parts = [_layer(registry, layer) for layer in layers[: _MOST_FILES + 1]]
    names = {part.name for part in parts}
    if not parts or len(parts) > _MOST_FILES or len(names) != len(parts):
        raise PullError("the artefact's files are none, too many, or of the same name")
    return parts


def _layer(registry: Registry, layer: Any) -> Part:
    try:
        name, digest, size = layer["annotations"][TITLE], layer["digest"], layer["size"]
    except (KeyError, TypeError):
        raise PullError("a layer has no title, digest and size: push files, not an image") from None
    if not (isinstance(name, str) and _FILE.fullmatch(name)):
        raise PullError("a file of the artefact has no bare name: push from inside the folder")
    if not DIGEST.fullmatch(str(digest)) or not isinstance(size, int):
        raise PullError(f"{name}: no SHA-256 or no size")
    return Part(name, digest, size, lambda offset: registry.blob(digest, offset))


def _get(client: httpx.Client, url: str, offset: int) -> tuple[int, Iterator[bytes]]:
    headers = {"accept-encoding": "identity"}
    if offset:
        headers["range"] = f"bytes={offset}-"
    with breaks_told():
        answer = client.send(client.build_request("GET", url, headers=headers), stream=True)
    status = answer.status_code
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        answer.close()
        told = f"the server answers {status}"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise BrokenOffError(told)
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            # It was whole already, or is another one; from the beginning that shows.
            return _get(client, url, 0)
        raise PullError(told)

    return offset if status == HTTPStatus.PARTIAL_CONTENT else 0, bytes_of(answer, answer.close)


def _object(reference: Reference) -> Part:
    """An archive in an object store; its credentials are the library's own environment variables.

    Raises:
        PullError: If the store's library is missing, or there is no such object.
    """
    try:
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise PullError("object stores need pip install 'platestream[objectstore]'") from None
    plain = os.environ.get("AWS_ENDPOINT_URL", os.environ.get("AWS_ENDPOINT", ""))
    client: Any = {"allow_http": plain.startswith("http://"), "user_agent": "platestream"}
    try:
        store = from_url(f"{reference.scheme}://{quote(reference.host)}", client_options=client)
        size = int(obstore.head(store, reference.path)["size"])
    except (BaseError, OSError, ValueError) as error:
        # The library's text may quote addresses and configuration.
        raise PullError(f"{reference.shown}: {type(error).__name__}") from None

    def get(offset: int) -> tuple[int, Iterator[bytes]]:
        return offset, ranges(offset)

    def ranges(offset: int) -> Iterator[bytes]:
        for start in range(offset, size, _RANGE_BYTES):
            try:
                yield bytes(
                    obstore.get_range(
                        store, reference.path, start=start, end=min(size, start + _RANGE_BYTES)
                    )
                )
            except (BaseError, OSError, ValueError) as error:
                raise BrokenOffError(type(error).__name__) from None

    return Part(ARCHIVE, reference.digest, size, get)
