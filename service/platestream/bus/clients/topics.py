"""The topics that the service needs: found or made before it starts, and which topic one is.

Brokers give each topic an id, and a name may be used again. A consumer is told no ids: librdkafka
goes on at the old offset in a topic that was deleted and made anew, and offsets are committed under
the name alone. So the id is asked for, and written beside each committed offset (its *mark*).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import structlog
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicCollection,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ClusterMetadata,
    NewTopic,
)

from platestream.bus.clients.client_log import LastClientError, logged
from platestream.bus.configuration.properties import client_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError, error_of

_log = structlog.get_logger(__name__)

# Signal handlers run between two calls into the client, never inside of one: this is how late a
# stop during the wait for a cluster is heard.
_SLICE_SECONDS: Final = 0.5
_PREFIX: Final = "platestream "
# What a cluster without topic ids (Kafka before 2.8) answers: 16 bytes of nothing.
_NO_ID: Final = "AAAAAAAAAAAAAAAAAAAAAA"
# The client sends such questions to the broker that it was last told is the controller, and waits
# for that one while it is dead (librdkafka 2.16). In KRaft each answer names another live broker,
# so it is told anew soon; the default is five minutes.
_REFRESH_MS: Final = 1000
# The client's own time-out comes first, as it says what is wrong.
_SPARE_SECONDS: Final = 1.0


def ensure_topics(
    settings: KafkaSettings,
    given_up: Callable[[], bool] = lambda: False,
    *,
    needed: Sequence[str] | None = None,
) -> bool:
    """See that all topics are there; with ``create_topics``, make those that are not.

    Args:
        settings: Cluster and topics.
        given_up: Whether nobody waits any more.
        needed: Which topics; all that the service reads or writes when not given.

    Returns:
        False when ``given_up()`` became true before the cluster answered.

    Raises:
        StartError: If the cluster does not answer in ``start_seconds`` or does not let us in, a
            topic is missing (or hidden from this user), or it cannot be made.
    """
    reasons = LastClientError()
    configuration = logged(client_configuration(settings))
    configuration["error_cb"] = reasons.note
    admin = AdminClient(configuration)
    there = _existing(admin, settings, reasons, given_up)
    if there is None:
        return False
    if needed is None:
        needed = (*settings.topics.inputs, *settings.topics.outputs)
    missing = [name for name in needed if name not in there]
    if not missing:
        return True
    if not settings.create_topics:
        raise StartError(
            f"missing topics, or not visible to this user: {', '.join(missing)}; "
            "create them, or set kafka.create_topics"
        )
    _create(admin, missing, settings)
    return True


def _existing(
    admin: AdminClient,
    settings: KafkaSettings,
    reasons: LastClientError,
    given_up: Callable[[], bool],
) -> frozenset[str] | None:
    """The names of all topics; None when given up."""
    deadline = time.monotonic() + settings.start_seconds
    while not given_up():
        left = deadline - time.monotonic()
        try:
            # All topics, not ours by name: asking for a missing topic by name may create it.
            return frozenset(admin.list_topics(timeout=max(0.0, min(left, _SLICE_SECONDS))).topics)
        except KafkaException as error:
            admin.poll(0)  # error callbacks come out of here
            reasons.raise_certain()
            if left > _SLICE_SECONDS:
                continue
            servers = settings.bootstrap_servers
            reason = reasons.told(
                f"{error_of(error).str()}; a port that asks for TLS or SASL closes connections "
                f"without a word, and kafka.security.protocol is {_protocol(settings)}"
            )
            raise StartError(f"no answer from {servers}: {reason}") from error
    return None


def _create(admin: AdminClient, names: Sequence[str], settings: KafkaSettings) -> None:
    # The settings of a fleet are some megabytes: one partition, so that they have one order.
    compacted = {"num_partitions": 1, "config": {"cleanup.policy": "compact"}}
    new = [
        NewTopic(
            name,
            **(
                compacted
                if name == settings.topics.cameras
                else {"num_partitions": settings.new_topic_partitions}
            ),
            replication_factor=settings.new_topic_replicas,
        )
        for name in names
    ]
    made = admin.create_topics(new, operation_timeout=settings.start_seconds)
    for name, future in made.items():
        try:
            future.result(settings.start_seconds)
        except KafkaException as error:
            problem = error_of(error)
            # Another replica that starts at the same time was faster.
            if problem.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise StartError(f"topic {name} was not created: {problem.str()}") from error
        except TimeoutError as error:
            raise StartError(f"topic {name} was not created in time") from error
        _log.info("topic_created", topic=name)


def _protocol(settings: KafkaSettings) -> str:
    return str(client_configuration(settings)["security.protocol"])


@dataclass(frozen=True, slots=True)
class TopicIdentity:
    """One topic of one cluster, for as long as it is not deleted.

    The cluster is in it since tools carry committed offsets to another cluster, marks included:
    there the topic has another id, and the offset is right all the same.
    """

    cluster: str
    topic_id: str

    @property
    def mark(self) -> str:
        """Its form beside a committed offset."""
        return f"{_PREFIX}{self.cluster} {self.topic_id}"

    @classmethod
    def of_mark(cls, mark: str | None) -> Self | None:
        """The identity in a mark; None where somebody else committed."""
        if mark is None or not mark.startswith(_PREFIX):
            return None
        cluster, _, topic_id = mark.removeprefix(_PREFIX).partition(" ")
        return cls(cluster, topic_id) if cluster and topic_id else None

    def replaced(self, by: "TopicIdentity") -> bool:
        """Whether ``by`` is another topic in its place."""
        return self.cluster == by.cluster and self.topic_id != by.topic_id


@dataclass(frozen=True, slots=True)
class CommittedOffset:
    """What the group has committed of a partition."""

    offset: int
    mark: str | None


class TopicIdentities:
    """Asks for the identity of a topic, and for what a group has committed of it.

    Args:
        configuration: librdkafka's settings of the admin client.
        topic: The topic.
        group: The consumer group.
    """

    def __init__(self, configuration: Mapping[str, Any], topic: str, group: str) -> None:
        self._admin = AdminClient(
            logged({**configuration, "topic.metadata.refresh.interval.ms": _REFRESH_MS})
        )
        self._topic = topic
        self._group = group

    def identity(self, cluster: ClusterMetadata, timeout: float) -> TopicIdentity | None:
        """The topic that has the name now; None where the brokers tell none.

        Raises:
            KafkaException: There is no such topic, or no answer.
        """
        self._admin.poll(0)  # what the client has to say comes out of here
        # Without a controller, as on the embedded broker, the client would wait for one until the
        # time is over.
        if cluster.controller_id not in cluster.brokers or not cluster.cluster_id:
            return None
        asked = self._admin.describe_topics(TopicCollection([self._topic]), request_timeout=timeout)
        topic_id = str(asked[self._topic].result(timeout + _SPARE_SECONDS).topic_id)
        return None if topic_id == _NO_ID else TopicIdentity(cluster.cluster_id, topic_id)

    def committed(self, timeout: float) -> Mapping[int, CommittedOffset]:
        """What the group has committed, by partition; those without are left out.

        Offsets of a transaction that has not ended count as no answer, as for the consumer.

        Raises:
            KafkaException: No answer.
        """
        asked = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(self._group)],
            require_stable=True,
            request_timeout=timeout,
        )
        found = asked[self._group].result(timeout + _SPARE_SECONDS).topic_partitions
        ours = [position for position in found if position.topic == self._topic]
        for position in ours:
            if position.error is not None:
                raise KafkaException(position.error)
        return {p.partition: CommittedOffset(p.offset, p.metadata) for p in ours if p.offset >= 0}
