"""The application's topics, found or made before it starts; changelogs are the engine's affair."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError, error_of
from platestream.engine.settings import EngineTopicSettings

_log = structlog.get_logger(__name__)

# All replicas read all of the hotlist, so more partitions would not share the work; one keeps the
# changes of all entries in one order.
_HOTLIST: Final = {"num_partitions": 1, "config": {"cleanup.policy": "compact"}}


def ensure_topics(
    configuration: Mapping[str, Any], kafka: KafkaSettings, topics: EngineTopicSettings
) -> None:
    """See that all topics are there; with ``kafka.create_topics``, make those that are not.

    Raises:
        StartError: The cluster does not answer, a topic is missing, or it cannot be made.
    """
    admin = AdminClient(dict(configuration))
    try:
        # All topics, not ours by name: asking for a missing topic by name may create it.
        there = admin.list_topics(timeout=kafka.start_seconds).topics
    except KafkaException as error:
        reason = error_of(error).str()
        raise StartError(f"no answer from {kafka.bootstrap_servers}: {reason}") from error
    missing = [name for name in topics.names if name not in there]
    if not missing:
        return
    if not kafka.create_topics:
        raise StartError(
            f"missing topics, or not visible to this user: {', '.join(missing)}; "
            "create them, or set kafka.create_topics"
        )
    usual = {"num_partitions": kafka.new_topic_partitions}
    new = [
        NewTopic(
            name,
            **(_HOTLIST if name == topics.hotlist else usual),
            replication_factor=kafka.new_topic_replicas,
        )
        for name in missing
    ]
    made = admin.create_topics(new, operation_timeout=kafka.start_seconds)
    for name, future in made.items():
        try:
            future.result(kafka.start_seconds)
        except KafkaException as error:
            # Another replica that starts at the same time was faster.
            if error_of(error).code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise StartError(
                    f"topic {name} was not created: {error_of(error).str()}"
                ) from error
        except TimeoutError as error:
            raise StartError(f"topic {name} was not created in time") from error
        _log.info("topic_created", topic=name)
