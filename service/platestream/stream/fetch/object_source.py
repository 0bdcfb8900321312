"""One attempt at an object of a configured store (S3, OBS, Azure, Google Cloud)."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from platestream.stream.fetch.bodies import BoundedBuffer, read_body, too_large
from platestream.stream.fetch.deadlines import Deadline
from platestream.stream.fetch.errors import FetchError, FetchFailure
from platestream.stream.fetch.settings import FetchSettings, ObjectStoreSettings, SecretRef
from platestream.stream.fetch.urls import ObjectTarget

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

    Store = S3Store | AzureStore | GCSStore

# Small enough that an object growing past the limit is noticed soon, large enough to be cheap.
_CHUNK_BYTES: Final = 256 * 1024
# After a cancelled request the library may hold on for as long; nobody waits for it.
_STOP_SECONDS: Final = 5.0


def store_options(entry: ObjectStoreSettings) -> Mapping[str, str]:
    """The library's configuration keys for one entry, secrets read from where they are kept.

    Raises:
        ValueError: A secret is missing.
    """
    names = {
        "s3": ("access_key_id", "secret_access_key", "session_token"),
        "obs": ("access_key_id", "secret_access_key", "session_token"),
        "az": ("", "account_key", "sas_key"),
        "gs": ("", "", "bearer_token"),
    }[entry.scheme]
    options: dict[str, str] = {}
    secrets: tuple[SecretRef | None, ...] = (entry.key_id, entry.secret, entry.token)
    for name, secret in zip(names, secrets, strict=True):
        if name and secret is not None:
            options[name] = secret.read()
    if entry.anonymous:
        options["skip_signature"] = "true"
    if entry.endpoint is not None:
        options["base_url" if entry.scheme == "gs" else "endpoint"] = entry.endpoint
    if entry.scheme in {"s3", "obs"}:
        # S3-compatible stores that know no regions still want one in the signature.
        options["region"] = entry.region or "us-east-1"
        options["virtual_hosted_style_request"] = str(entry.virtual_hosted).lower()
    if entry.account is not None:
        options["account_name"] = entry.account
    if entry.service_account_file is not None:
        options["service_account"] = str(entry.service_account_file)
    return MappingProxyType(options)


def open_store(entry: ObjectStoreSettings, bucket: str, settings: FetchSettings) -> "Store":
    """A client of one bucket.

    Raises:
        ValueError: A secret is missing, or the library refuses the configuration.
    """
    from obstore.exceptions import BaseError
    from obstore.store import AzureStore, GCSStore, S3Store

    client: Any = {
        "connect_timeout": timedelta(seconds=settings.connect_timeout_s),
        "read_timeout": timedelta(seconds=settings.read_timeout_s),
        "timeout": timedelta(seconds=settings.total_timeout_s),
        "allow_http": (entry.endpoint or "").startswith("http://"),
        "user_agent": "platestream",
    }
    if settings.ca_file is not None:
        client["root_certificate"] = settings.ca_file.read_bytes()
    retry: Any = {"max_retries": 0}  # retries are the fetcher's, within one budget
    options: Any = dict(store_options(entry))
    try:
        if entry.scheme == "az":
            return AzureStore(bucket, config=options, client_options=client, retry_config=retry)
        if entry.scheme == "gs":
            return GCSStore(bucket, config=options, client_options=client, retry_config=retry)
        return S3Store(bucket, config=options, client_options=client, retry_config=retry)
    except BaseError as error:
        # The library's text may quote the configuration, secrets among it.
        kind = type(error).__name__
        raise ValueError(
            f"the {entry.scheme} store of bucket {bucket} cannot be set up ({kind})"
        ) from None


class ObjectSource:
    """Gets pictures from object stores. Safe to use from several threads.

    The library is driven from one event loop in a thread of its own, because an asynchronous call
    is one that can be given up when the deadline passes.

    Args:
        settings: The limits and the stores.

    Raises:
        RuntimeError: Stores are configured and the library is not installed.
        ValueError: A store cannot be set up.
    """

    def __init__(self, settings: FetchSettings) -> None:
        self._limit = settings.max_bytes
        self._stores: dict[tuple[str, str], Store] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        if not settings.stores:
            return
        try:
            import obstore  # noqa: F401 - only to see whether it is there
        except ImportError as error:
            raise RuntimeError(
                "fetch.stores needs the object-store library: "
                "pip install 'platestream[objectstore]'"
            ) from error
        for entry in settings.stores:
            for bucket in entry.buckets:
                self._stores[entry.scheme, bucket] = open_store(entry, bucket, settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="platestream-objects", daemon=True
        )
        self._thread.start()

    def get(self, target: ObjectTarget, deadline: Deadline) -> bytes:
        """The object that ``target`` names.

        Raises:
            FetchError: Any failure but those of parsing.
        """
        store = self._stores.get((target.scheme, target.bucket))
        if store is None or self._loop is None:
            raise FetchError(FetchFailure.REFUSED, "The bucket of the url is not allowed.")
        attempt = self._get(store, target.key, deadline)
        try:
            future = asyncio.run_coroutine_threadsafe(attempt, self._loop)
        except RuntimeError as error:
            attempt.close()
            raise FetchError(FetchFailure.CLOSED) from error
        try:
            return future.result()
        except concurrent.futures.CancelledError as error:
            raise FetchError(FetchFailure.CLOSED) from error

    async def _get(self, store: "Store", key: str, deadline: Deadline) -> bytes:
        import obstore
        from obstore import exceptions

        buffer = BoundedBuffer(self._limit)
        try:
            async with asyncio.timeout(deadline.cut(None)):
                result = await obstore.get_async(store, key)
                if result.meta["size"] > self._limit:
                    raise too_large(self._limit)
                encoding = result.attributes.get("Content-Encoding", "")
                async for chunk in result.stream(_CHUNK_BYTES):
                    buffer.add(bytes(chunk))
        except TimeoutError as error:
            raise FetchError(FetchFailure.TIMEOUT) from error
        except FileNotFoundError as error:
            raise FetchError(FetchFailure.STATUS, "There is no such object.") from error
        except (
            exceptions.PermissionDeniedError,
            exceptions.InvalidPathError,
            ValueError,
        ) as error:
            raise FetchError(FetchFailure.STATUS, "The store refuses the object.") from error
        # What remains is the store away, slow or not accepting our own credentials: not the frame.
        except exceptions.BaseError as error:
            raise FetchError(FetchFailure.SERVER, "The store cannot serve it now.") from error
        return read_body([buffer.take()], encoding, self._limit)

    def close(self) -> None:
        """Give up the attempts under way and end the thread."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(_STOP_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(_STOP_SECONDS)
        loop.close()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
