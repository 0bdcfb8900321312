"""Which topic it is that has a name: brokers give each a new id, and a name may be used again.

A consumer is told no ids: librdkafka goes on at the old offset in a topic that was deleted and made
anew, and offsets are committed under the name alone. So the id is asked for by an admin client, and
written beside each committed offset (its *mark*).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicCollection,
)
from confluent_kafka.admin import AdminClient, ClusterMetadata  # type: ignore[attr-defined]

_PREFIX: Final = "platestream "
# What a cluster without topic ids (Kafka before 2.8) answers: 16 bytes of nothing.
_NO_ID: Final = "AAAAAAAAAAAAAAAAAAAAAA"
# The client's own time-out comes first, as it says what is wrong.
_SPARE_SECONDS: Final = 1.0


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
        self._admin = AdminClient(dict(configuration))
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
