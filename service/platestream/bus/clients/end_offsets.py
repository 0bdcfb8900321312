"""Where partitions begin and end: asked of the brokers now and then, by a thread that may wait.

Each time the topic's metadata are asked for first. A client that lives for days otherwise asks by
what it learnt at its start: after an election the brokers refuse that for ever
(FENCED_LEADER_EPOCH), and it never sees partitions that came later. It costs one small request, and
it shows when the topic itself is gone. Whether it is still the same topic is asked, too
(:mod:`~platestream.bus.clients.topics`).
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import ClusterMetadata, TopicMetadata  # type: ignore[attr-defined]

from platestream.bus.clients.client_log import logged
from platestream.bus.clients.topics import CommittedOffset, TopicIdentities, TopicIdentity
from platestream.bus.configuration.properties import client_configuration, ends_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import error_of
from platestream.bus.partitions import Partition

# A live broker answers in milliseconds. Nobody waits for this thread, so it may be generous: long
# enough for an election.
CALL_SECONDS: Final = 5.0
_ABSENT: Final = "_UNKNOWN_PARTITION"  # the client's own name of it
# How late a new partition is asked for, or the end of the service seen.
_SLICE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Ends:
    """One answer.

    Attributes:
        asked_at: When it was asked for, by the monotonic clock.
        offsets: The offset of the next message, of the partitions where it is known.
        firsts: The offset of the first message that is kept, likewise.
        partitions: How many the topic has; None where that is not known.
        identity: Which topic it is; None where that is not known.
        committed: What the group has committed, by partition; None where that was not asked for, or
            not answered; nothing where brokers tell no identities, so that it need not be known.
        reasons: Kafka's name of the error, of the partitions where it is not.
        topic_missing: Whether the brokers say that there is no such topic; None if they say
            nothing.
        outputs_missing: Of which output topics they say so; None where that is not known.
    """

    asked_at: float
    offsets: Mapping[Partition, int] = field(default_factory=dict)
    firsts: Mapping[Partition, int] = field(default_factory=dict)
    identity: TopicIdentity | None = None
    committed: Mapping[int, CommittedOffset] | None = None
    reasons: Mapping[Partition, str] = field(default_factory=dict)
    topic_missing: bool | None = None
    partitions: int | None = None
    outputs_missing: frozenset[str] | None = None


class EndOffsets:
    """Asks for one topic, and where those of its partitions end that are wanted.

    It begins with the first :meth:`want` and asks every ``interval``.

    A consumer asks, since only a consumer may ask for a topic without making it; it subscribes to
    nothing and is no member of the group.

    Args:
        configuration: librdkafka's settings of that consumer.
        topic: Whose partitions.
        interval: Seconds between two questions.
        outputs: Topics of which only is asked whether they are there.
        open_client: Makes the consumer, in the thread.
        open_identities: Makes what asks for the topic's identity, in the thread; without it none is
            known.

    Attributes:
        answer: The last answer; None before the first. May be read by any thread.
    """

    def __init__(
        self,
        configuration: Mapping[str, Any],
        topic: str,
        interval: float,
        *,
        outputs: Collection[str] = (),
        open_client: Callable[[dict[str, Any]], Consumer] = Consumer,
        open_identities: Callable[[], TopicIdentities] | None = None,
    ) -> None:
        self._configuration = logged(configuration)
        self._topic = topic
        self._interval = interval
        self._outputs = tuple(outputs)
        self._open_client = open_client
        self._open_identities = open_identities
        self._identities: TopicIdentities | None = None
        self._committed_wanted = True
        self._wanted: frozenset[Partition] = frozenset()
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self.answer: Ends | None = None

    @property
    def patience(self) -> float:
        """An answer that is older than this many seconds says nothing: the next one hangs."""
        # One pause and the question after it; the last second is for a busy machine.
        return self._interval + 2 * CALL_SECONDS + 1.0

    def want(self, partitions: Collection[Partition]) -> None:
        """Ask for these from now on; at once, if there are new ones. Never blocks."""
        wanted = frozenset(partitions)
        new = wanted - self._wanted
        self._wanted = wanted
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="end-offsets", daemon=True)
            self._thread.start()
        elif new:
            self._wake.set()

    def ask(self) -> None:
        """Ask at once, and for what is committed, too. Never blocks."""
        self._committed_wanted = True
        self._wake.set()

    def close(self) -> None:
        """Ask no more. The thread ends after the call that it is in; nothing waits for it."""
        self._closed = True
        self._wake.set()

    def _run(self) -> None:
        client = self._open_client(self._configuration)
        if self._open_identities is not None:
            self._identities = self._open_identities()
        try:
            while not self._closed:
                self.answer = self._ask(client, self._wanted)
                self._pause(client)
        finally:
            self._identities = None
            client.close()

    def _pause(self, client: Consumer) -> None:
        """Wait for the next question; polls, so that what the client says is not said too late."""
        until = time.monotonic() + self._interval
        while not self._wake.is_set() and (left := until - time.monotonic()) > 0:
            with suppress(KafkaException):  # the next question shows what is broken
                client.poll(min(left, _SLICE_SECONDS))  # there are no messages
        self._wake.clear()

    def _ask(self, client: Consumer, wanted: Collection[Partition]) -> Ends:
        now = time.monotonic()
        # All calls together may take as long as two: the others are quick where one hangs.
        until = now + 2 * CALL_SECONDS
        identity, committed = None, None
        try:
            cluster = client.list_topics(self._topic, timeout=CALL_SECONDS)
            if missing := _missing(cluster.topics[self._topic]):
                return Ends(now, reasons=dict.fromkeys(wanted, missing), topic_missing=True)
            # One that is not there would be waited for, and no other answered meanwhile.
            count = len(cluster.topics[self._topic].partitions) or None
            absent = [p for p in wanted if count is not None and p.number >= count]
            wanted = frozenset(wanted).difference(absent)
            outputs = frozenset(n for n in self._outputs if _missing_now(client, n, until))
            identity, committed = self._identify(cluster, until)
            # A stand-by wants to know of the topic all the same.
            ends = _offsets(client, wanted, OFFSET_END, until)
            firsts = _offsets(client, wanted, OFFSET_BEGINNING, until)
        except KafkaException as exception:
            reasons = dict.fromkeys(wanted, error_of(exception).name())
            return Ends(now, identity=identity, committed=committed, reasons=reasons)
        return Ends(
            now,
            offsets={Partition.of(p): p.offset for p in ends if p.error is None},
            firsts={Partition.of(p): p.offset for p in firsts if p.error is None},
            identity=identity,
            committed=committed,
            reasons=dict.fromkeys(absent, _ABSENT)
            | {Partition.of(p): p.error.name() for p in ends if p.error is not None},
            topic_missing=False,
            partitions=count,
            outputs_missing=outputs,
        )

    def _identify(
        self, cluster: ClusterMetadata, until: float
    ) -> tuple[TopicIdentity | None, Mapping[int, CommittedOffset] | None]:
        """Which topic it is, and what is committed if that is asked for; as far as known."""
        identities, asks_committed = self._identities, self._committed_wanted
        self._committed_wanted = False
        if identities is None:
            return None, {}
        identity: TopicIdentity | None = None
        committed: Mapping[int, CommittedOffset] | None = None
        # Whoever needs it asks again; where partitions end can be told without.
        with suppress(KafkaException, TimeoutError):
            identity = identities.identity(cluster, _left(until))
            if identity is None:
                committed = {}
            elif asks_committed:
                committed = identities.committed(_left(until))
        return identity, committed


def open_ends(settings: KafkaSettings) -> EndOffsets:
    """What asks for the ends of the frames topic, and for its identity."""
    topic = settings.topics.frames
    return EndOffsets(
        ends_configuration(settings),
        topic,
        settings.lag_interval_seconds,
        outputs=settings.topics.outputs,
        open_identities=lambda: TopicIdentities(
            client_configuration(settings), topic, settings.group_id
        ),
    )


def _left(until: float) -> float:
    # A tenth of a second for a live broker, where other calls have used up the time.
    return max(0.1, min(CALL_SECONDS, until - time.monotonic()))


def _offsets(
    client: Consumer, partitions: Collection[Partition], which: int, until: float
) -> list[TopicPartition]:
    if not partitions:
        return []
    question = [TopicPartition(p.topic, p.number, which) for p in partitions]
    return client.offsets_for_times(question, timeout=_left(until))


def _missing_now(client: Consumer, topic: str, until: float) -> bool:
    found: TopicMetadata = client.list_topics(topic, timeout=_left(until)).topics[topic]
    return _missing(found) is not None


def _missing(topic: TopicMetadata) -> str | None:
    """What the brokers call it, if the topic is not there."""
    error = topic.error
    if error is None or error.code() not in (
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
    ):
        return None
    name: str = error.name()
    return name
