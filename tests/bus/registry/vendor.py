"""The vendor's registry client and codecs: a second opinion that shares no code with ours."""

import warnings
from typing import Any

with warnings.catch_warnings(record=True):  # of its OAuth library, about its HTTP library
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
    from confluent_kafka.serialization import MessageField, SerializationContext


class Vendor:
    """Writes and reads the values of topics by what the registry at ``url`` says."""

    def __init__(self, url: str) -> None:
        self._client = SchemaRegistryClient({"url": url, "timeout": 20})

    def write(self, topic: str, schema: str, record: dict[str, Any]) -> bytes:
        """``record`` by ``schema``, which is registered under ``topic-value`` if need be."""
        written = AvroSerializer(self._client, schema)(record, _value_of(topic))
        assert isinstance(written, bytes)
        return written

    def read(self, topic: str, value: bytes) -> dict[str, Any]:
        """The record in ``value``, by the writer's schema alone; times are datetimes."""
        read = AvroDeserializer(self._client)(value, _value_of(topic))
        assert isinstance(read, dict)
        return read


def _value_of(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)
