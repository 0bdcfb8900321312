"""A Kafka broker inside this process: librdkafka's own mock cluster on a loopback port.

For the demo and for tests. Any Kafka client on this machine can use it. What it is not:

- It keeps the last 5 MiB of each partition, in memory, and silently forgets older records, read or
  not. Whoever produces large frames must not run ahead of the consumer by more than that
  (:data:`PARTITION_LOG_BYTES`), or use more partitions.
- It speaks the classic consumer protocol, idempotent producers and offset commits. It accepts
  transactional calls but enforces nothing: aborted records stay visible, offsets sent in a
  transaction are not stored, nobody is fenced. Nothing about exactly-once may be shown on it.
- It does not check the sequence numbers of idempotent producers. A producer takes the
  acknowledgement of a later request for that of an earlier one, so with :meth:`fail_requests` and
  several requests in flight records can vanish; a real broker would have refused the later one.
- Topics come into being when asked for (4 partitions) unless made with
  :meth:`~EmbeddedBroker.create_topic`; the admin API cannot create, delete or configure them. No
  ACLs, TLS, quotas, compaction, retention by time or persistence; its replicas hold no copies.
- librdkafka calls its interface experimental. All of it that is used stands in this file, and a
  test of every release runs it.
"""

import ctypes
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Self

from confluent_kafka import KafkaError, cimpl

from platestream.bus.clients.client_log import client_log
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError

PARTITION_LOG_BYTES: Final = 5 * 1024 * 1024
"""What a partition keeps before it forgets its oldest records; fixed inside librdkafka."""

DEFAULT_PARTITIONS: Final = 4

_PRODUCER: Final = 0  # RD_KAFKA_PRODUCER
_CONF_OK: Final = 0
_ERROR_TEXT_BYTES: Final = 512


def _load() -> ctypes.CDLL:
    """The librdkafka that the client library itself uses, found through its extension module."""
    library = ctypes.CDLL(cimpl.__file__)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures: dict[str, tuple[object, list[object]]] = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (number, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_new": (pointer, [number, pointer, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, number]),
        "rd_kafka_mock_cluster_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_topic_create": (number, [pointer, text, number, number]),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_rtt": (number, [pointer, ctypes.c_int32, number]),
        "rd_kafka_mock_push_request_errors_array": (
            None,
            [pointer, ctypes.c_int16, ctypes.c_size_t, ctypes.POINTER(number)],
        ),
    }
    for name, (result, arguments) in signatures.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise StartError(f"this librdkafka has no mock cluster: {name} is missing") from error
        function.restype, function.argtypes = result, arguments
    return library


class EmbeddedBroker:
    """A mock cluster for as long as the ``with`` block lasts. See the module for its limits.

    Args:
        brokers: How many brokers it pretends to have.
        topics: Topics to make, with their number of partitions.
        rebalance_delay_ms: How long a new group waits for further members. Kafka's default is
            3 s; in one process all of them are there at once.

    Raises:
        StartError: On entering, if the library at hand has no mock cluster or it does not start.
    """

    def __init__(
        self,
        brokers: int = 1,
        topics: Mapping[str, int] | None = None,
        rebalance_delay_ms: int = 100,
    ) -> None:
        self._brokers = brokers
        self._topics = dict(topics or {})
        self._rebalance_delay_ms = rebalance_delay_ms
        self._client: int | None = None
        self._cluster: int | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._library = _load()
        error = ctypes.create_string_buffer(_ERROR_TEXT_BYTES)
        configuration = self._library.rd_kafka_conf_new()
        # Its only log lines are those of a client without brokers, which it is.
        self._library.rd_kafka_conf_set(configuration, b"log_level", b"0", error, len(error))
        self._client = self._library.rd_kafka_new(_PRODUCER, configuration, error, len(error))
        if not self._client:
            raise StartError(f"the embedded broker did not start: {error.value.decode()}")
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, self._brokers)
        if not self._cluster:
            self.close()
            raise StartError("the embedded broker did not start")
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(
            self._cluster, self._rebalance_delay_ms
        )
        for name, partitions in self._topics.items():
            self.create_topic(name, partitions)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def bootstrap_servers(self) -> str:
        """``host:port,…`` of all brokers."""
        cluster = self._running()
        servers: bytes = self._library.rd_kafka_mock_cluster_bootstraps(cluster)
        return servers.decode()

    def create_topic(self, name: str, partitions: int = DEFAULT_PARTITIONS) -> None:
        """Make a topic.

        Raises:
            StartError: If there is one of this name.
        """
        code = self._library.rd_kafka_mock_topic_create(
            self._running(), name.encode(), partitions, min(3, self._brokers)
        )
        if code:
            raise StartError(f"topic {name}: {KafkaError(code).str()}")

    def set_round_trip(self, milliseconds: int) -> None:
        """Let every answer of every broker take this long."""
        for broker in range(1, self._brokers + 1):
            self._library.rd_kafka_mock_broker_set_rtt(self._running(), broker, milliseconds)

    def fail_requests(self, api_key: int, codes: Iterable[int]) -> None:
        """Answer the next requests of kind ``api_key`` (Kafka's number of it) with these errors."""
        array = list(codes)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._running(), api_key, len(array), (ctypes.c_int * len(array))(*array)
        )

    def close(self) -> None:
        """Stop it. Clients that are still there see their connections fail."""
        with self._lock:
            if self._cluster:
                client_log.dismiss(self.bootstrap_servers.split(","))
            cluster, self._cluster = self._cluster, None
            client, self._client = self._client, None
        if cluster:
            self._library.rd_kafka_mock_cluster_destroy(cluster)
        if client:
            self._library.rd_kafka_destroy(client)

    def _running(self) -> int:
        if self._cluster is None:
            raise StartError("the embedded broker is not running")
        return self._cluster


@contextmanager
def open_cluster(settings: KafkaSettings) -> Iterator[KafkaSettings]:
    """The cluster that ``settings`` mean, for as long as the block lasts.

    Yields:
        ``settings`` as they are, or, with ``embedded``, pointing at a broker in this process that
        has the topics.
    """
    if not settings.embedded:
        yield settings
        return
    names = (*settings.topics.inputs, *settings.topics.outputs)
    with EmbeddedBroker(topics=dict.fromkeys(names, settings.new_topic_partitions)) as broker:
        yield settings.model_copy(update={"bootstrap_servers": broker.bootstrap_servers})
