"""A client of the Confluent-compatible registry API: the five calls that we need, and who we are.

The vendor's own client (``confluent_kafka.schema_registry``) was looked at first and not taken. Its
extra brings a second HTTP library and an OAuth library beside the one that we have, with bounds on
certificates that can hold the Kafka client itself back; it waits for ever unless told otherwise,
bounds neither the answer's size nor the time of a whole retry, retries by count (so that a lookup
would block the polling thread), cannot re-read a rotated token, and asks for a vendor's cluster
name with any bearer token. Five calls over ``httpx`` are less than the wrapping. The tests read our
messages with the vendor's deserializer all the same.
"""

import base64
import json
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from urllib.parse import quote

import httpx

from platestream.bus.registry.answers import (
    Answer,
    AnswerTooLargeError,
    NotARegistryError,
    RegistryError,
    RegistryUnavailableError,
    StoredSchema,
    Verdict,
    Version,
    content_of,
    schema_id_of,
    shortened,
    stored_schema_of,
    verdict_of,
    version_of,
)
from platestream.bus.registry.settings import RegistrySettings
from platestream.telemetry.kafka_metrics import KafkaMetrics

Operation = Literal["schema", "lookup", "register", "latest", "compatibility"]
_T = TypeVar("_T")

_MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
# Our largest schema has 8 KB, and the largest of big models some 100: more is no schema of frames.
_MAX_ANSWER_BYTES: Final = 1024 * 1024


class RegistryClient:
    """Asks a registry, once for each call. Thread-safe; keeps its connections.

    Every call raises :class:`RegistryUnavailableError` where no URL gives a usable answer in time,
    and :class:`RegistryError` where the answer is a refusal that waiting does not mend. Where there
    are several URLs each one has ``timeout_seconds``.

    Args:
        settings: Where it is and who we are.
        metrics: Where requests are counted.

    Raises:
        RegistryError: A URL or a certificate's file cannot be used.
        ValueError: ``settings`` name no registry.
    """

    def __init__(self, settings: RegistrySettings, metrics: KafkaMetrics) -> None:
        if not settings.urls:
            raise ValueError("the settings name no registry")
        self._settings = settings
        self._metrics = metrics
        self._urls = list(settings.urls)
        for url in self._urls:
            _refuse_unusable(url)
        secure = any(url.startswith("https:") for url in self._urls)
        self._http = httpx.Client(
            verify=tls_context(settings) if secure else True,
            timeout=settings.timeout_seconds,
            # Proxies and .netrc of the environment are somebody else's settings, and could send
            # credentials elsewhere; so could a redirect.
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": f"{_MEDIA_TYPE}, application/json", "User-Agent": "platestream"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def schema(self, schema_id: int) -> StoredSchema | None:
        """The schema of this id, or None where there is none.

        Raises:
            AnswerTooLargeError: It is larger than any schema of frames.
        """
        return self._call("schema", "GET", f"/schemas/ids/{schema_id}", stored_schema_of)

    def lookup(self, subject: str, text: str) -> Version | None:
        """The version of ``subject`` that holds schema ``text``, however it is formatted."""
        path = f"/subjects/{quote(subject, safe='')}"
        # As it stands first: that matches in every registry what register() has put there. Then by
        # meaning, for a schema that somebody registered in another formatting.
        return self._call("lookup", "POST", path, version_of, text=text) or self._call(
            "lookup", "POST", path, version_of, text=text, params={"normalize": "true"}
        )

    def latest(self, subject: str) -> Version | None:
        """The newest version of ``subject``, or None where it has none."""
        path = f"/subjects/{quote(subject, safe='')}/versions/latest"
        return self._call("latest", "GET", path, version_of)

    def compatibility(self, subject: str, text: str) -> Verdict:
        """Whether ``text`` fits beside the latest version, by the subject's own rule."""
        path = f"/compatibility/subjects/{quote(subject, safe='')}/versions/latest"
        found = self._call(
            "compatibility", "POST", path, verdict_of, text=text, params={"verbose": "true"}
        )
        # None: there is nothing to be incompatible with.
        return found or Verdict(compatible=True, reason="")

    def register(self, subject: str, text: str) -> int:
        """Put ``text`` under ``subject``; gives the old id where it is there already.

        Raises:
            IncompatibleSchemaError: By the subject's rule it does not fit what is there.
        """
        path = f"/subjects/{quote(subject, safe='')}/versions"
        schema_id = self._call("register", "POST", path, schema_id_of, text=text)
        if schema_id is None:
            raise RegistryError(f"the registry has no place for subject {subject}")
        return schema_id

    def _call(
        self,
        operation: Operation,
        method: str,
        path: str,
        understand: Callable[[Answer], _T],
        *,
        text: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> _T | None:
        """What the first URL says that can be understood; None where it is "there is none"."""
        failures = []
        for url in tuple(self._urls):
            try:
                answer = self._ask(url, method, path, text, params)
                result = None if answer is None else understand(answer)
            except (RegistryUnavailableError, NotARegistryError) as error:
                self._count(operation, "unavailable")
                nonsense = isinstance(error, NotARegistryError)
                failures.append(f"{url}: {error}" if nonsense else str(error))
                continue
            except RegistryError:
                self._count(operation, "refused")
                raise
            self._count(operation, "not_found" if answer is None else "ok")
            if failures:  # the next call begins with the one that works
                self._urls = [url, *(other for other in self._settings.urls if other != url)]
            return result
        raise RegistryUnavailableError("; ".join(failures))

    def _ask(
        self, url: str, method: str, path: str, text: str | None, params: Mapping[str, str] | None
    ) -> dict[str, Any] | None:
        headers = {}
        if (proof := authorization(self._settings)) is not None:
            headers["Authorization"] = proof
        content = None
        if text is not None:
            headers["Content-Type"] = _MEDIA_TYPE
            content = json.dumps({"schema": text}).encode()
        # httpx times each step; a server that drips would pass all of them.
        deadline = time.monotonic() + self._settings.timeout_seconds
        body = bytearray()
        try:
            with self._http.stream(
                method, url + path, params=params, headers=headers, content=content
            ) as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _MAX_ANSWER_BYTES:
                        raise AnswerTooLargeError(f"{url}: the answer is larger than 1 MiB")
                    if time.monotonic() > deadline:
                        raise RegistryUnavailableError(f"{url}: no answer in time")
                status = response.status_code
        except httpx.TimeoutException:
            raise RegistryUnavailableError(f"{url}: no answer in time") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise RegistryUnavailableError(f"{url}: {shortened(str(error))}") from None
        return content_of(url, status, bytes(body))

    def _count(self, operation: Operation, outcome: str) -> None:
        self._metrics.registry_requests.labels(operation, outcome).inc()


def _refuse_unusable(url: str) -> None:
    try:
        httpx.URL(url)
    except httpx.InvalidURL as error:
        raise RegistryError(f"{url} cannot be asked: {error}") from None


def authorization(settings: RegistrySettings) -> str | None:
    """The Authorization header, or None. Reads its file at every call.

    Raises:
        RegistryError: The file cannot be read, or holds what cannot stand in a header.
    """
    if settings.token_file is not None:
        token = _read(settings.token_file)
        if not token or not token.isascii() or not token.isprintable():
            raise RegistryError(f"{settings.token_file} does not hold a token")
        return f"Bearer {token}"
    if settings.username is not None and settings.password_file is not None:
        pair = f"{settings.username}:{_read(settings.password_file)}"
        return "Basic " + base64.b64encode(pair.encode()).decode()
    return None


def tls_context(settings: RegistrySettings) -> ssl.SSLContext:
    """How the registry's certificate is checked, and which one we show.

    Raises:
        RegistryError: One of the files cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise RegistryError(f"{settings.ca_file} does not hold CA certificates") from error
    if settings.certificate_file is not None:
        path = settings.key_password_file
        password = "" if path is None else _read(path)
        try:
            # A password is always given: without one OpenSSL would ask at the terminal.
            context.load_cert_chain(settings.certificate_file, settings.key_file, lambda: password)
        except OSError as error:
            raise RegistryError(
                f"{settings.certificate_file} and its key cannot be used"
            ) from error
    return context


def _read(path: Path) -> str:
    try:
        # Editors and `kubectl create secret --from-file` leave a line end that is no part of it.
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"the secret's file {path} cannot be read") from error
