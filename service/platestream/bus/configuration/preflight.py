"""Settings that a start would refuse, found without a start and without the network."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from platestream.bus.configuration.properties import (
    client_configuration,
    consumer_configuration,
    producer_configuration,
    transactional_configuration,
)
from platestream.bus.configuration.settings import KafkaSettings, exactly_once
from platestream.bus.configuration.timeouts import check_timeouts
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
