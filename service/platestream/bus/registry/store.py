"""Schema ids from a registry: ours made sure of at start, other producers' looked up once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

import structlog
from tenacity import Retrying, retry_if_exception, stop_before_delay, wait_random_exponential

from platestream.bus.registry.answers import (
    LARGEST_ID,
    AnswerTooLargeError,
    IncompatibleSchemaError,
    RegistryError,
    RegistryUnavailableError,
    SchemaNotRegisteredError,
)
from platestream.bus.registry.client import RegistryClient
from platestream.bus.registry.settings import RegistrySettings, subject_of
from platestream.contract.avro import LocalSchemaStore, SchemaStore, UnknownSchemaError
from platestream.contract.schemas import Schema, SchemaName, bundled_schemas
from platestream.telemetry.kafka_metrics import KafkaMetrics

_log = structlog.get_logger(__name__)

# Full jitter, so that replicas that start together do not ask together; never longer than 5 s, so
# that a registry that comes up is noticed soon.
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 5.0
# Ids that senders make up must not fill the memory.
_REMEMBERED_UNKNOWN: Final = 1024


class RegistrySchemaStore:
    """A :class:`~platestream.contract.avro.SchemaStore` in front of a registry. Thread-safe.

    An id never changes its meaning, so what was learnt once is kept: after :meth:`prepare` the
    registry is needed for one thing only, the schema of a producer that was not met before.

    Args:
        settings: Mode, subjects, deadlines.
        topics: The topic of each schema that we read or write.
        client: Asks the registry; closed with the store.
    """

    def __init__(
        self, settings: RegistrySettings, topics: Mapping[SchemaName, str], client: RegistryClient
    ) -> None:
        self._settings = settings
        self._topics = dict(topics)
        self._client = client
        self._local = LocalSchemaStore()
        self._ids: dict[SchemaName, int] = {}
        self._own: dict[int, Schema] = {}
        self._foreign = lru_cache(settings.cached_schemas)(self._fetch)  # errors are not kept
        self._unknown: OrderedDict[int, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()
        self._away_until = 0.0

    def prepare(self) -> None:
        """Make sure of our schemas as ``mode`` says. Blocks for about ``start_seconds`` at most.

        Raises:
            RegistryUnavailableError: No answer until then.
            IncompatibleSchemaError: A schema does not fit the versions of its subject.
            SchemaNotRegisteredError: With ``require``: a schema is not there.
            RegistryError: The registry refuses us, or is none.
        """
        if self._settings.mode == "off":
            _log.info("registry_not_asked_at_start", ids="local")
            return
        start = self._settings.start_seconds
        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            wait=wait_random_exponential(multiplier=_FIRST_PAUSE_S, max=_LONGEST_PAUSE_S),
            stop=stop_before_delay(start),
            before_sleep=lambda state: _log.warning(
                "registry_away_at_start", attempt=state.attempt_number
            ),
            reraise=True,
        )
        try:
            retrying(self._prepare_missing)
        except RegistryUnavailableError as error:
            raise RegistryUnavailableError(
                f"the schema registry did not answer within {start:g} s: {error}"
            ) from error
        _log.info("registry_ready", ids={str(name): found for name, found in self._ids.items()})

    def schema_id(self, name: SchemaName) -> int:
        """The id under which records of ``name`` are written; never asks the registry.

        Raises:
            RegistryError: ``name`` has no topic, or :meth:`prepare` has not been called.
        """
        if self._settings.mode == "off":
            return self._local.schema_id(name)
        try:
            return self._ids[name]
        except KeyError:
            raise RegistryError(f"{name} was not made sure of at start") from None

    def writer(self, schema_id: int) -> Schema:
        """The schema of this id; asks the registry at most once, without retries.

        Raises:
            UnknownSchemaError: The registry has none of this id, or none that we could read.
            RegistryUnavailableError: It could not be asked. Not the frame's fault: the same call
                may work later.
        """
        if (own := self._own.get(schema_id)) is not None:
            return own
        if self._settings.accept_local_ids:
            try:
                return self._local.writer(schema_id)
            except UnknownSchemaError:
                pass
        if schema_id > LARGEST_ID:
            # Registries cannot even parse it: they would answer as to a wrong path.
            raise UnknownSchemaError(schema_id)
        self._refuse_unknown(schema_id)
        return self._foreign(schema_id)

    def close(self) -> None:
        """Close the connections to the registry."""
        self._client.close()

    # -- at start ---------------------------------------------------------------------------------

    def _prepare_missing(self) -> None:
        for name, topic in self._topics.items():
            if name not in self._ids:
                schema = bundled_schemas()[name]
                subject = subject_of(self._settings.subject_strategy, topic, schema.fullname)
                found = self._made_sure(subject, schema)
                self._ids[name], self._own[found] = found, schema

    def _made_sure(self, subject: str, schema: Schema) -> int:
        version = self._client.lookup(subject, schema.text)
        if version is None:
            return self._registered(subject, schema)
        latest = self._client.latest(subject)
        if latest is not None and latest.number != version.number:
            # Somebody has gone on from our version; what they made must still fit ours.
            verdict = self._client.compatibility(subject, schema.text)
            if not verdict.compatible:
                raise _incompatible(subject, schema, verdict.reason)
        return version.schema_id

    def _registered(self, subject: str, schema: Schema) -> int:
        if self._settings.mode == "require":
            verdict = self._client.compatibility(subject, schema.text)
            if not verdict.compatible:
                raise _incompatible(subject, schema, verdict.reason)
            raise SchemaNotRegisteredError(
                f"{schema.fullname} is not registered under {subject}, and registry.mode is require"
            )
        try:
            schema_id = self._client.register(subject, schema.text)
        except IncompatibleSchemaError as error:
            raise _incompatible(subject, schema, str(error)) from None
        _log.info("schema_registered", subject=subject, schema_id=schema_id)
        return schema_id

    # -- while running ----------------------------------------------------------------------------

    def _refuse_unknown(self, schema_id: int) -> None:
        with self._lock:
            until, reason = self._unknown.get(schema_id, (0.0, ""))
        if time.monotonic() < until:
            raise UnknownSchemaError(schema_id, reason)

    def _remember_unknown(self, schema_id: int, reason: str) -> UnknownSchemaError:
        with self._lock:
            self._unknown[schema_id] = (
                time.monotonic() + self._settings.unknown_id_seconds,
                reason,
            )
            self._unknown.move_to_end(schema_id)
            if len(self._unknown) > _REMEMBERED_UNKNOWN:
                self._unknown.popitem(last=False)
        return UnknownSchemaError(schema_id, reason)

    def _fetch(self, schema_id: int) -> Schema:
        wait = self._away_until - time.monotonic()
        if wait > 0:
            raise RegistryUnavailableError("the schema registry was away just now", wait)
        try:
            stored = self._client.schema(schema_id)
        except AnswerTooLargeError:
            raise self._remember_unknown(schema_id, "is too large") from None
        except RegistryError as error:
            # Also a refusal: wrong credentials or a moved registry are not the frame's fault, and
            # are mended without a restart.
            pause = self._settings.outage_pause_seconds
            self._away_until = time.monotonic() + pause
            _log.warning("registry_away", schema_id=schema_id, reason=str(error))
            raise RegistryUnavailableError(
                f"the schema registry could not be asked for schema id {schema_id}: {error}", pause
            ) from error
        if stored is None:
            raise self._remember_unknown(schema_id, "is not known")
        if stored.kind != "AVRO":
            raise self._remember_unknown(schema_id, "is not an Avro schema")
        if stored.has_references:
            raise self._remember_unknown(schema_id, "refers to other schemas")
        try:
            return Schema.from_text(stored.text)
        except Exception:  # noqa: BLE001 - somebody else's schema may break the parser in any way
            raise self._remember_unknown(schema_id, "cannot be read") from None


@contextmanager
def open_schema_store(
    settings: RegistrySettings, topics: Mapping[SchemaName, str], metrics: KafkaMetrics
) -> Iterator[SchemaStore]:
    """The schema store that ``settings`` mean, ready for use, for as long as the block lasts.

    Args:
        settings: Without a URL the store is the local one.
        topics: The topic of each schema that is read or written.
        metrics: Where requests to the registry are counted.

    Raises:
        RegistryError: As :meth:`RegistrySchemaStore.prepare`; or a file cannot be used.
    """
    if not settings.urls:
        yield LocalSchemaStore()
        return
    store = RegistrySchemaStore(settings, topics, RegistryClient(settings, metrics))
    try:
        store.prepare()
        yield store
    finally:
        store.close()


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, RegistryError) and error.transient


def _incompatible(subject: str, schema: Schema, reason: str) -> IncompatibleSchemaError:
    return IncompatibleSchemaError(
        f"{schema.fullname} does not fit the versions of subject {subject}: "
        f"{reason or 'the registry gives no reason'}"
    )
