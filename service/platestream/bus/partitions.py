"""Partitions by name, and the ledgers of those that are ours."""

from typing import NamedTuple

from confluent_kafka import TopicPartition

from platestream.stream.ledger import PartitionLedger
from platestream.stream.outcome import FrameOutcome


class Partition(NamedTuple):
    """One partition of one topic: a key that hashes and compares by value."""

    topic: str
    number: int

    @classmethod
    def of(cls, position: TopicPartition) -> "Partition":
        """The partition of librdkafka's ``position``."""
        return cls(position.topic, position.partition)

    def at(self, offset: int, mark: str = "") -> TopicPartition:
        """Its form in librdkafka, at ``offset``, with which a commit keeps ``mark``."""
        return TopicPartition(self.topic, self.number, offset, metadata=mark)

    def bare(self) -> TopicPartition:
        """Its form in librdkafka, at no offset."""
        return TopicPartition(self.topic, self.number)


Marks = dict[Partition, str]
"""What is kept with the committed offsets of each partition: which topic they belong to."""

Ledgers = dict[Partition, PartitionLedger[FrameOutcome]]


def passed_offsets(ledgers: Ledgers) -> dict[Partition, int]:
    """Offsets to commit though no frame is behind them: past a transaction's marker, say."""
    return {p: at for p, ledger in ledgers.items() if (at := ledger.passed) is not None}
