"""The cluster that the settings mean: a real one, or the embedded broker."""

from collections.abc import Iterator
from contextlib import contextmanager

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.settings import KafkaSettings


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
    names = (settings.topics.frames, *settings.topics.outputs)
    with EmbeddedBroker(topics=dict.fromkeys(names, settings.new_topic_partitions)) as broker:
        yield settings.model_copy(update={"bootstrap_servers": broker.bootstrap_servers})
