"""Changing and reading the hotlist's topic from outside: what ``platestream hotlist`` does."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from confluent_kafka import KafkaException, Producer

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import BusError, StartError, error_of
from platestream.contract.avro import SchemaStore, encode
from platestream.contract.schemas import SchemaName, bundled_schemas
from platestream.engine.connection import clients
from platestream.engine.hotlist_topic import HotlistTopic
from platestream.hotlists.entry import HotlistEntry
from platestream.hotlists.hotlist import Hotlist
from platestream.telemetry.engine_metrics import EngineMetrics

# An election of a leader, or a restart of a broker; longer is an outage, and is said.
_DELIVERY_MS: Final = 60_000

_Headers = list[tuple[str, str | bytes | None]]


class HotlistAdmin:
    """Puts, removes and reads entries.

    Args:
        kafka: Brokers and security.
        topic: The hotlist's.
        store: Where ids of schemas come from.
        metrics: What reading counts.
    """

    def __init__(
        self, kafka: KafkaSettings, topic: str, store: SchemaStore, metrics: EngineMetrics
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._store = store
        self._metrics = metrics

    def put(self, entries: Sequence[HotlistEntry]) -> None:
        """Put entries, each in place of the one with its id.

        Raises:
            BusError: The brokers did not take all of them.
        """
        schema = SchemaName.HOTLIST_ENTRY
        headers: _Headers = [("schema", bundled_schemas()[schema].fullname.encode())]
        self._send(
            (entry.entry_id, encode(schema, entry.as_record(), self._store), headers)
            for entry in entries
        )

    def remove(self, entry_ids: Iterable[str]) -> None:
        """Remove entries; ids that are not there do no harm.

        Raises:
            BusError: The brokers did not take all of them.
        """
        self._send((entry_id, None, []) for entry_id in entry_ids)

    def entries(self) -> list[HotlistEntry]:
        """All entries.

        Raises:
            StartError: The topic could not be read in ``kafka.start_seconds``.
        """
        hotlist = Hotlist(1.0)
        topic = HotlistTopic(clients(self._kafka), self._topic, self._store, self._metrics)
        topic.start()
        try:
            if not topic.read(hotlist, self._kafka.start_seconds):
                raise StartError(f"the topic {self._topic} could not be read")
        finally:
            topic.close()
        return list(hotlist.entries())

    def _send(self, messages: Iterable[tuple[str, bytes | None, _Headers]]) -> None:
        failed: list[str] = []

        def delivered(error: Any, _message: Any) -> None:
            if error is not None:
                failed.append(error.str())

        producer = Producer(
            {
                **clients(self._kafka, writes=True),
                # Changes of an entry must not overtake one another.
                "enable.idempotence": True,
                "message.timeout.ms": _DELIVERY_MS,
                "linger.ms": 5,
                "compression.type": "gzip",
                "partitioner": "murmur2_random",
            }
        )
        for key, value, headers in messages:
            while True:
                try:
                    producer.produce(
                        self._topic, key=key.encode(), value=value, headers=headers,
                        on_delivery=delivered,
                    )  # fmt: skip
                except BufferError:
                    producer.poll(0.1)  # the client's queue is full: let some of it go
                    continue
                except KafkaException as error:
                    raise BusError(error_of(error).str()) from error
                break
            producer.poll(0)
        left = producer.flush(_DELIVERY_MS / 1000)
        if failed or left:
            reason = failed[0] if failed else "no answer from the brokers"
            raise BusError(f"{len(failed) + left} changes were not taken: {reason}")
