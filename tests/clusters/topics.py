"""Topics on a real Kafka."""

from collections.abc import Sequence

from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from tests.stream.waiting import wait_until


def create_topics(admin: AdminClient, names: Sequence[str], partitions: int) -> None:
    """Make topics of as many replicas as the brokers say, and wait until the brokers know them."""
    made = admin.create_topics([NewTopic(name, partitions, -1) for name in names])
    for future in made.values():
        future.result(60)
    # The controller has them; the brokers' own view of the cluster follows a moment later.
    wait_until(lambda: set(names) <= set(admin.list_topics(timeout=10).topics), "the topics")
