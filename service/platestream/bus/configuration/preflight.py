"""Settings that a start would refuse, found without a start and without the network.

The chain of time-outs is among them: inequalities that must hold together. Each of these times is
harmless alone. Broken together they show as rebalances that never end, as duplicates, or as a drain
that is killed half-way, days later and under load.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from platestream.bus.configuration.properties import (
    client_configuration,
    consumer_configuration,
    producer_configuration,
    seconds_of,
    transactional_configuration,
)
from platestream.bus.configuration.settings import KafkaSettings, exactly_once
from platestream.bus.errors import ConfigurationError, error_of
from platestream.stream.settings import StreamSettings

# librdkafka's texts: 'No such configuration property: "a.b"', 'Invalid value for configuration
# property "a.b"', 'Configuration property "a.b" value 1 is outside …', 'Failed to create consumer:
# `a.b` must be …'.
_CREATE: Final = re.compile(r"^Failed to create [\w ]+: ")
_UNKNOWN: Final = re.compile(r'^No such configuration property: "(.*)"$')


def check_kafka(kafka: KafkaSettings, stream: StreamSettings) -> None:
    """Refuse what the clients would refuse, and times that cannot hold together.

    Raises:
        ConfigurationError: Naming the setting.
    """
    check_clients(kafka)
    check_timeouts(kafka, stream)


def check_clients(kafka: KafkaSettings) -> None:
    """Refuse settings that librdkafka refuses: each client is made once, with no broker to ask.

    Raises:
        ConfigurationError: Naming every setting that is wrong, as far as librdkafka tells.
    """
    # librdkafka would not say which file is missing, only what OpenSSL made of it.
    for name in ("ssl_ca_file", "ssl_certificate_file", "ssl_key_file"):
        path = getattr(kafka.security, name)
        if path is not None and not os.access(path, os.R_OK):
            raise ConfigurationError(f"kafka.security.{name}: {path} cannot be read")
    # Security first: what is wrong with it is wrong with every client.
    if problem := _problem(AdminClient, client_configuration(kafka)):
        raise ConfigurationError(f"kafka.security: {problem}")
    producer = transactional_configuration if exactly_once(kafka) else producer_configuration
    clients: list[tuple[str, Callable[[dict[str, Any]], object], dict[str, Any]]] = [
        ("kafka.consumer", Consumer, consumer_configuration(kafka)),
        ("kafka.producer", Producer, producer(kafka)),
    ]
    problems = [
        f"{setting}: {problem}"
        for setting, client, configuration in clients
        if (problem := _problem(client, configuration))
    ]
    if problems:
        raise ConfigurationError("; ".join(problems))


def _problem(
    client: Callable[[dict[str, Any]], object], configuration: Mapping[str, Any]
) -> str | None:
    """What ``client`` refuses in ``configuration``."""
    alone = {key: value for key, value in configuration.items() if key != "bootstrap.servers"}
    try:
        # Level 0: that it has no brokers need not be said.
        client({**alone, "log_level": 0})
    except KafkaException as exception:
        text = " ".join(_CREATE.sub("", error_of(exception).str()).split())
        if unknown := _UNKNOWN.match(text):
            return f"{unknown[1]}: librdkafka has no such setting"
        return text
    except (TypeError, ValueError) as error:  # the client library's own, for what takes a function
        return str(error)
    return None


# transaction.max.timeout.ms, fifteen minutes unless the brokers say otherwise. Should they allow
# less, starting the producer fails with the brokers' own words.
_BROKER_MAX_SECONDS: Final = 900.0


@dataclass(frozen=True, slots=True)
class Link:
    """``left_value < right_value`` (seconds; ``or_equal``: or the same), and why."""

    left: str
    left_value: float
    right: str
    right_value: float
    reason: str
    or_equal: bool = False

    @property
    def holds(self) -> bool:
        """Whether the inequality is true."""
        if self.or_equal:
            return self.left_value <= self.right_value
        return self.left_value < self.right_value

    def __str__(self) -> str:
        relation = "at most" if self.or_equal else "less than"
        return (
            f"{self.left} ({self.left_value:g} s) must be {relation} "
            f"{self.right} ({self.right_value:g} s): {self.reason}"
        )


def timeout_chain(kafka: KafkaSettings, stream: StreamSettings) -> Iterator[Link]:
    """Every inequality between the times in force, pass-through settings included."""
    consumer = consumer_configuration(kafka)
    transactions = exactly_once(kafka)
    producer = transactional_configuration(kafka) if transactions else producer_configuration(kafka)
    poll = seconds_of(consumer, "max.poll.interval.ms", 300_000)
    if "session.timeout.ms" in consumer:
        session = seconds_of(consumer, "session.timeout.ms", 45_000)
        beat = seconds_of(consumer, "heartbeat.interval.ms", 3_000)
        yield Link(
            "3 x heartbeat.interval.ms",
            3 * beat,
            "session.timeout.ms",
            session,
            "one lost heart-beat must not cost the membership",
        )
        yield Link(
            "session.timeout.ms",
            session,
            "max.poll.interval.ms",
            poll,
            "a hung process must be noticed by the session first",
        )
    yield Link(
        "stream.batch_max_age_ms",
        stream.batch_max_age_ms / 1000,
        "kafka.revoke_seconds",
        kafka.revoke_seconds,
        "a batch must go out before its partition is given up",
    )
    yield Link(
        "2 x kafka.revoke_seconds",
        2 * kafka.revoke_seconds,
        "max.poll.interval.ms",
        poll,
        "a rebalance callback must return, commit included, long before the poll is missed",
    )
    yield Link(
        "kafka.revoke_seconds",
        kafka.revoke_seconds,
        "kafka.liveness_seconds",
        kafka.liveness_seconds,
        "a rebalance must not look like a dead loop",
    )
    yield Link(
        "request.timeout.ms",
        seconds_of(producer, "request.timeout.ms", 30_000),
        "message.timeout.ms",
        seconds_of(producer, "message.timeout.ms", 120_000),
        "one lost request must leave time for another",
    )
    if transactions:
        yield from _transaction_links(kafka, producer)
    if kafka.termination_grace_seconds is not None:
        yield Link(
            "kafka.drain_seconds + kafka.close_seconds",
            kafka.drain_seconds + kafka.close_seconds,
            "kafka.termination_grace_seconds",
            kafka.termination_grace_seconds,
            "a drain that is killed half-way reads its frames twice",
        )


def _transaction_links(kafka: KafkaSettings, producer: dict[str, Any]) -> Iterator[Link]:
    timeout = seconds_of(producer, "transaction.timeout.ms", 60_000)
    yield Link(
        "message.timeout.ms",
        seconds_of(producer, "message.timeout.ms", 300_000),
        "transaction.timeout.ms",
        timeout,
        "a record must not outlive its transaction",
        or_equal=True,
    )
    yield Link(
        "kafka.transaction_linger_ms",
        kafka.transaction_linger_ms / 1000,
        "transaction.timeout.ms",
        timeout,
        "a transaction must be handed over before the coordinator gives it up",
    )
    yield Link(
        "transaction.timeout.ms",
        timeout,
        "the brokers' transaction.max.timeout.ms at its default",
        _BROKER_MAX_SECONDS,
        "the brokers refuse longer transactions",
        or_equal=True,
    )
    yield Link(
        "kafka.transaction_linger_ms",
        kafka.transaction_linger_ms / 1000,
        "kafka.revoke_seconds",
        kafka.revoke_seconds,
        "a transaction must be handed over before its partitions are given up",
    )


def check_timeouts(kafka: KafkaSettings, stream: StreamSettings) -> None:
    """Refuse times that cannot hold together.

    Raises:
        ConfigurationError: Naming every inequality that fails.
    """
    broken = [str(link) for link in timeout_chain(kafka, stream) if not link.holds]
    if broken:
        raise ConfigurationError("; ".join(broken))
