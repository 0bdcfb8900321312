"""Schema ids for a replay, which reads and never writes: nothing is registered or checked."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from platestream.bus.registry import (
    RegistrySettings,
    RegistryUnavailableError,
    open_schema_store,
)
from platestream.contract.avro import (
    HEADER_BYTES,
    MAGIC_BYTE,
    SchemaStore,
    decode,
)
from platestream.contract.schemas import Schema, SchemaName
from platestream.telemetry.metrics import Metrics

_PAUSE_SECONDS: Final = 0.2


class PatientStore:
    """A store that waits for a registry that is away: a replay polls for nobody meanwhile.

    Args:
        store: Asks the registry.
        seconds: How long one schema may be waited for.
    """

    def __init__(self, store: SchemaStore, seconds: float) -> None:
        self._store = store
        self._seconds = seconds

    def schema_id(self, name: SchemaName) -> int:
        """As the store behind it."""
        return self._store.schema_id(name)

    def writer(self, schema_id: int) -> Schema:
        """The schema of this id.

        Raises:
            UnknownSchemaError: There is none that could be read.
            RegistryUnavailableError: The registry did not answer in time.
        """
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return self._store.writer(schema_id)
            except RegistryUnavailableError as error:
                pause = max(_PAUSE_SECONDS, error.retry_after)
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)


@contextmanager
def open_reading_store(settings: RegistrySettings) -> Iterator[SchemaStore]:
    """A store that looks schemas up by their ids, for as long as the block lasts.

    Raises:
        RegistryError: A file of the settings cannot be used.
    """
    reading = settings.model_copy(update={"mode": "off"})
    with open_schema_store(reading, {}, Metrics()) as store:
        yield PatientStore(store, settings.start_seconds)


def read_failure(value: bytes, store: SchemaStore) -> dict[str, Any]:
    """The ``FrameFailure`` in a message.

    Raises:
        UnknownSchemaError: It names a schema that is not known here.
        FrameError: There is none in it.
        RegistryUnavailableError: The registry did not answer in time.
    """
    if len(value) >= HEADER_BYTES and value[0] == MAGIC_BYTE:
        store.writer(int.from_bytes(value[1:HEADER_BYTES], "big"))
    return decode(value, SchemaName.FRAME_FAILURE, store)
