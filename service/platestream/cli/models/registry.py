"""A registry of OCI artefacts, by the distribution API: manifests and blobs, read and written.

Not by the oras package (0.2.43): it checks no blob's digest, knows no resuming and no bound.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urljoin

import httpx

from platestream.cli.models.parts import (
    BrokenOffError,
    PullError,
    bytes_of,
    digest_of_bytes,
)

# Registries answer within a second; a proxy in front of a cold store may take longer.
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_EMPTY: Final = b"{}"
ARTIFACT_TYPE: Final = "application/vnd.platestream.bundle.v1"
TITLE: Final = "org.opencontainers.image.title"
_MOST_MANIFEST_BYTES: Final = 4 * 1024 * 1024
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')


class Registry:
    """One repository of a registry.

    Credentials are those of ``docker login`` (``auths`` in the file that ``DOCKER_CONFIG`` names);
    a credential goes to its registry and to the realm that this registry names, nowhere else.

    Args:
        host: The registry, with its port.
        repository: The repository.
        insecure: Speak HTTP, not HTTPS.
    """

    def __init__(self, host: str, repository: str, *, insecure: bool = False) -> None:
        self._base = f"{'http' if insecure else 'https'}://{host}/v2/{repository}/"
        self._basic = _credential(host)
        self._authorization: str | None = None
        # Redirects to a store of blobs are followed; httpx drops the authorization there.
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def manifest(self, digest: str) -> dict[str, Any]:
        """The manifest with this digest.

        Raises:
            PullError: If there is none, or it is another one.
        """
        with self._send("GET", f"manifests/{digest}", headers={"accept": _MANIFEST}) as answer:
            body = b""
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > _MOST_MANIFEST_BYTES:
                    raise PullError("the manifest is too large for one")
        if digest_of_bytes(body) != digest:
            raise PullError(f"the registry's manifest has not the digest {digest}")
        try:
            content = json.loads(body)
        except ValueError:
            raise PullError("the manifest is not JSON") from None
        if not isinstance(content, dict) or not isinstance(content.get("layers"), list):
            raise PullError("the manifest is not that of an artefact: it has no layers")
        return content

    def blob(self, digest: str, offset: int) -> tuple[int, Iterator[bytes]]:
        """A blob's bytes from ``offset`` on, or from 0 where the registry knows no ranges.

        Raises:
            PullError: If there is none.
            BrokenOffError: If the registry cannot answer now.
        """
        headers = {"range": f"bytes={offset}-"} if offset else {}
        stack = self._send("GET", f"blobs/{digest}", headers=headers)
        answer = stack.__enter__()
        start = offset if answer.status_code == HTTPStatus.PARTIAL_CONTENT else 0
        return start, bytes_of(answer, lambda: stack.__exit__(None, None, None))

    def push_blob(self, content: bytes) -> dict[str, Any]:
        """Store a blob, unless it is there.

        Returns:
            Its descriptor, without a media type.

        Raises:
            PullError: If the registry refuses it.
        """
        digest = digest_of_bytes(content)
        descriptor = {"digest": digest, "size": len(content)}
        with self._send("HEAD", f"blobs/{digest}", missing_ok=True) as answer:
            if answer.is_success:
                return descriptor
        with self._send("POST", "blobs/uploads/") as answer:
            place = urljoin(str(answer.url), answer.headers["location"])
        url = str(httpx.URL(place).copy_merge_params({"digest": digest}))
        headers = {"content-type": "application/octet-stream"}
        with self._send("PUT", url, headers=headers, content=content):
            return descriptor

    def push_manifest(self, tag: str, layers: list[dict[str, Any]]) -> str:
        """Store a manifest of these layers under ``tag``.

        Returns:
            Its digest.

        Raises:
            PullError: If the registry refuses it.
        """
        empty = {"mediaType": "application/vnd.oci.empty.v1+json", **self.push_blob(_EMPTY)}
        content = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "artifactType": ARTIFACT_TYPE,
            "config": empty,
            "layers": layers,
        }
        body = json.dumps(content, separators=(",", ":")).encode()
        headers = {"content-type": _MANIFEST}
        with self._send("PUT", f"manifests/{tag}", headers=headers, content=body):
            return digest_of_bytes(body)

    @contextmanager
    def _send(
        self, method: str, path: str, *, missing_ok: bool = False, **request: Any
    ) -> Iterator[httpx.Response]:
        url = urljoin(self._base, path)
        headers = request.pop("headers", {})
        # Kept uncompressed: the digest is of what is stored, and ranges are of it, too.
        headers["accept-encoding"] = "identity"
        try:
            for first in (True, False):
                if self._authorization:
                    headers["authorization"] = self._authorization
                with self._client.stream(method, url, headers=headers, **request) as answer:
                    if answer.status_code == HTTPStatus.UNAUTHORIZED and first:
                        self._authorize(answer.headers.get("www-authenticate", ""))
                        continue
                    missing = missing_ok and answer.status_code == HTTPStatus.NOT_FOUND
                    if not answer.is_success and not missing:
                        _refuse(answer)
                    yield answer
                    return
        except httpx.HTTPError as error:
            # Its text may hold a signed address.
            raise BrokenOffError(f"the registry: {type(error).__name__}") from error

    def _authorize(self, challenge: str) -> None:
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "basic" and self._basic:
            self._authorization = f"Basic {self._basic}"
            return
        values = dict(_CHALLENGE.findall(rest))
        realm = values.pop("realm", "")
        if scheme.lower() != "bearer" or not realm.startswith(("https://", "http://")):
            raise PullError("the registry wants credentials: docker login, or DOCKER_CONFIG")
        if realm.startswith("http://") and self._base.startswith("https://"):
            raise PullError("the registry names an unencrypted realm for its tokens")
        values.pop("error", None)
        headers = {"authorization": f"Basic {self._basic}"} if self._basic else {}
        answer = self._client.get(realm, params=values, headers=headers)
        try:
            token = answer.json() if answer.is_success else {}
        except ValueError:
            token = {}
        found = token.get("token") or token.get("access_token")
        if not isinstance(found, str):
            raise PullError(f"the registry's realm gives no token ({answer.status_code})")
        self._authorization = f"Bearer {found}"


def _refuse(answer: httpx.Response) -> None:
    status = answer.status_code
    told = f"the registry answers {status}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise BrokenOffError(told)
    if status == HTTPStatus.NOT_FOUND:
        told = "there is no such artefact in the registry"
    elif status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        told += ": its credentials (docker login, DOCKER_CONFIG) do not do"
    raise PullError(told)


def _credential(host: str) -> str | None:
    """What ``docker login`` left for a registry, as it stands after ``Basic``."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        auths = json.loads((folder / "config.json").read_bytes())["auths"]
        entry = auths.get(host) or auths.get(f"https://{host}") or {}
        if "auth" in entry:
            return str(entry["auth"]) or None
        pair = f"{entry['username']}:{entry['password']}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return base64.b64encode(pair.encode()).decode()
