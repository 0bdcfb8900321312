"""librdkafka's settings."""

import socket
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer

from platestream.bus.configuration.properties import (
    client_configuration,
    consumer_configuration,
    ends_configuration,
    producer_configuration,
    transactional_configuration,
    transactional_id,
)
from platestream.bus.configuration.security import SecuritySettings
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import ConfigurationError


def test_librdkafka_accepts_them() -> None:
    settings = KafkaSettings()
    Consumer(consumer_configuration(settings)).close()
    Producer(producer_configuration(settings))


def test_librdkafka_accepts_them_with_the_new_group_protocol() -> None:
    settings = KafkaSettings(group_protocol="consumer", group_instance_id="replica-1")
    configuration = consumer_configuration(settings)
    assert "session.timeout.ms" not in configuration
    assert "partition.assignment.strategy" not in configuration
    Consumer(configuration).close()


def test_librdkafka_accepts_the_transactional_ones() -> None:
    configuration = transactional_configuration(KafkaSettings(transactional_id="replica-1"))
    assert configuration["transactional.id"] == "replica-1"
    Producer(configuration)


def test_the_transactional_id_is_this_place_s_and_the_passthrough_comes_last() -> None:
    settings = KafkaSettings(group_id="g", producer={"transaction.timeout.ms": 40_000})
    assert transactional_id(settings) == f"g-{socket.gethostname()}"
    assert transactional_configuration(settings)["transaction.timeout.ms"] == 40_000
    assert "transaction.timeout.ms" not in producer_configuration(KafkaSettings())


def test_the_promises_are_in_force() -> None:
    settings = KafkaSettings(group_id="g", max_record_bytes=2_000_000)
    consumer, producer = consumer_configuration(settings), producer_configuration(settings)
    assert consumer["group.id"] == "g"
    assert consumer["enable.auto.commit"] is False
    assert consumer["partition.assignment.strategy"] == "cooperative-sticky"
    assert consumer["topic.metadata.refresh.interval.ms"] == 30_000
    assert producer["enable.idempotence"] is True
    assert producer["acks"] == "all"
    assert producer["message.max.bytes"] == 2_000_000


def test_passthrough_comes_last() -> None:
    settings = KafkaSettings(
        consumer={"fetch.wait.max.ms": 7}, producer={"compression.codec": "zstd"}
    )
    assert consumer_configuration(settings)["fetch.wait.max.ms"] == 7
    assert producer_configuration(settings)["compression.type"] == "zstd"


def test_secrets_come_from_files_without_their_line_end(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2 \n")
    security = SecuritySettings(
        protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="reader",
        sasl_password_file=secret,
        ssl_ca_file=tmp_path / "ca.pem",
    )
    configuration = client_configuration(KafkaSettings(security=security))
    assert configuration["sasl.password"] == "hunter2 "
    assert configuration["sasl.mechanisms"] == "SCRAM-SHA-512"
    assert configuration["ssl.ca.location"] == str(tmp_path / "ca.pem")
    assert "ssl.key.location" not in configuration


def test_a_secret_that_cannot_be_read_is_named_by_its_file(tmp_path: Path) -> None:
    missing = tmp_path / "nothing"
    security = SecuritySettings(protocol="SASL_SSL", sasl_password_file=missing)
    with pytest.raises(ConfigurationError, match=str(missing)):
        client_configuration(KafkaSettings(security=security))


def test_the_topics_client_is_let_in_where_the_consumer_is() -> None:
    passthrough = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "OAUTHBEARER",
        "fetch.max.bytes": 7,
    }
    configuration = client_configuration(KafkaSettings(consumer=passthrough))
    assert configuration["sasl.mechanisms"] == "OAUTHBEARER"
    assert "fetch.max.bytes" not in configuration


def test_the_client_that_asks_for_ends_is_no_member() -> None:
    settings = KafkaSettings(group_instance_id="replica-1")
    configuration = ends_configuration(settings)
    assert "group.instance.id" not in configuration
    assert configuration["allow.auto.create.topics"] is False
    Consumer(configuration).close()
