"""Restarts where the group's protocol only changes assignments as a whole."""

from typing import Any

from confluent_kafka import OFFSET_INVALID, OFFSET_STORED, TopicPartition

from platestream.bus.clients.membership import Assignment
from platestream.bus.partitions import Partition
from platestream.telemetry.metrics import Metrics


class Client:
    """A consumer that has read nothing but of partition 2."""

    def __init__(self) -> None:
        self.assigned: dict[int, int] = {}

    def position(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        read = {2: 7}
        return [
            TopicPartition(p.topic, p.partition, read.get(p.partition, OFFSET_INVALID))
            for p in partitions
        ]

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = {p.partition: p.offset for p in partitions}

    def pause(self, partitions: list[TopicPartition]) -> None:
        """Nothing is to be seen of it here."""

    def resume(self, partitions: list[TopicPartition]) -> None:
        """Nothing is to be seen of it here."""


def test_an_eager_restart_keeps_the_places_of_the_others() -> None:
    client: Any = Client()
    assignment = Assignment(client, Metrics(), incremental=False)
    zero, one, two, three = (Partition("frames", n) for n in range(4))
    assignment.add([zero, one, two, three])
    assert assignment.restart(zero, 5)
    assert assignment.restart(one, 6)
    # Partition 0 has read nothing since its own restart, partition 3 nothing at all.
    assert client.assigned == {0: 5, 1: 6, 2: 7, 3: OFFSET_STORED}
