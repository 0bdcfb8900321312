"""The topics that the service needs, found or made before it starts."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from platestream.bus.clients.client_log import LastClientError, logged
from platestream.bus.configuration.properties import client_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError, error_of

_log = structlog.get_logger(__name__)

# Signal handlers run between two calls into the client, never inside of one: this is how late a
# stop during the wait for a cluster is heard.
_SLICE_SECONDS: Final = 0.5


def ensure_topics(settings: KafkaSettings, given_up: Callable[[], bool] = lambda: False) -> bool:
    """See that all topics are there; with ``create_topics``, make those that are not.

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
    needed = (settings.topics.frames, *settings.topics.outputs)
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
    new = [
        NewTopic(name, settings.new_topic_partitions, settings.new_topic_replicas) for name in names
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
        _log.info("topic_created", topic=name, partitions=settings.new_topic_partitions)


def _protocol(settings: KafkaSettings) -> str:
    return str(client_configuration(settings)["security.protocol"])
