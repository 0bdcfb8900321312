"""Every client gets in the same way, and what the protocol has no use for is refused by name."""

from typing import Any

import pytest
from pydantic import ValidationError

from platestream.bus.configuration.properties import (
    client_configuration,
    consumer_configuration,
    ends_configuration,
    producer_configuration,
    transactional_configuration,
)
from platestream.bus.configuration.settings import KafkaSettings
from platestream.config.sources import ConfigError, load_settings

CLIENTS = (
    client_configuration,
    consumer_configuration,
    ends_configuration,
    producer_configuration,
    transactional_configuration,
)
TOKEN = {"security.protocol": "SASL_SSL", "sasl.mechanisms": "OAUTHBEARER"}


@pytest.mark.parametrize("kind", ["consumer", "producer"])
def test_a_pass_through_lets_every_client_in(kind: str) -> None:
    settings = KafkaSettings.model_validate({kind: {**TOKEN, "ssl.ca.location": "/ca.pem"}})
    for configuration in CLIENTS:
        given = configuration(settings)
        assert {key: given[key] for key in TOKEN} == TOKEN, configuration.__name__
        assert given["ssl.ca.location"] == "/ca.pem"


def test_each_kind_of_client_may_have_a_name_of_its_own() -> None:
    settings = KafkaSettings.model_validate(
        {
            "security": {"protocol": "SSL", "ssl_key_file": "/all.pem"},
            "consumer": {"ssl.key.location": "/reads.pem"},
            "producer": {"ssl.key.location": "/writes.pem"},
        }
    )
    keys = [configuration(settings)["ssl.key.location"] for configuration in CLIENTS]
    assert keys == ["/reads.pem", "/reads.pem", "/reads.pem", "/writes.pem", "/writes.pem"]


def test_one_setting_under_both_of_its_names_is_one() -> None:
    settings = KafkaSettings.model_validate(
        {
            "security": {"protocol": "SASL_SSL", "sasl_mechanism": "PLAIN"},
            "consumer": {"sasl.mechanism": "OAUTHBEARER"},
        }
    )
    given = consumer_configuration(settings)
    assert given["sasl.mechanisms"] == "OAUTHBEARER"
    assert "sasl.mechanism" not in given


@pytest.mark.parametrize(
    ("kafka", "names"),
    [
        ({"security": {"ssl_ca_file": "/ca"}}, "security.ssl_ca_file"),
        ({"security": {"ssl_certificate_file": "/c"}}, "security.ssl_certificate_file"),
        ({"security": {"ssl_key_file": "/k"}}, "security.ssl_key_file"),
        ({"security": {"ssl_key_password_file": "/p"}}, "security.ssl_key_password_file"),
        ({"security": {"sasl_mechanism": "PLAIN"}}, "security.sasl_mechanism"),
        ({"security": {"sasl_username": "me"}}, "security.sasl_username"),
        ({"security": {"sasl_password_file": "/p"}}, "security.sasl_password_file"),
        (
            {"security": {"protocol": "SSL", "sasl_username": "me"}},
            "security.sasl_username has no effect: security.protocol is SSL, not SASL_SSL",
        ),
        (
            {"security": {"protocol": "SASL_PLAINTEXT", "ssl_ca_file": "/ca"}},
            "security.ssl_ca_file has no effect: security.protocol is SASL_PLAINTEXT, not SASL_SSL",
        ),
        ({"consumer": {"sasl.mechanism": "OAUTHBEARER"}}, "consumer.sasl.mechanisms"),
        (
            {"producer": {"enable.ssl.certificate.verification": False}},
            "producer.enable.ssl.certificate.verification",
        ),
        (
            {"security": {"protocol": "SSL"}, "consumer": {"security.protocol": "plaintext"}}
            | {"producer": {"ssl.key.location": "/k"}},
            "producer.ssl.key.location has no effect: the pass-through security.protocol",
        ),
        (
            {
                "consumer": {"security.protocol": "SSL"},
                "producer": {"security.protocol": "SASL_SSL"},
            },
            "consumer and producer give different security.protocol: SASL_SSL and SSL",
        ),
    ],
)
def test_what_has_no_effect_is_refused_by_name(kafka: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings(env={}, overrides={"kafka": kafka})
    assert names in str(refused.value)


@pytest.mark.parametrize(
    "kafka",
    [
        {},
        {"security": {"protocol": "SSL", "ssl_ca_file": "/ca", "ssl_key_file": "/k"}},
        {"security": {"protocol": "SASL_PLAINTEXT", "sasl_username": "me"}},
        {"security": {"ssl_ca_file": "/ca"}, "consumer": {"security.protocol": "ssl"}},
        {"consumer": TOKEN, "producer": {"enable.sasl.oauthbearer.unsecure.jwt": True}},
    ],
)
def test_what_fits_is_taken(kafka: dict[str, Any]) -> None:
    KafkaSettings.model_validate(kafka)


@pytest.mark.parametrize(
    ("servers", "says"),
    [
        ("http://kafka:9092", "http://kafka:9092 must be host:port, such as kafka:9092"),
        ("kafka://kafka:9092/", "such as kafka:9092;"),
        ("a:9092, SASL_SSL://b:9093", "SASL_SSL://b:9093 must be host:port, such as b:9093"),
        ("PLAINTEXT://a:9092", "kafka.security.protocol says how the brokers are spoken to"),
    ],
)
def test_a_scheme_before_a_server_is_refused(servers: str, says: str) -> None:
    with pytest.raises(ValidationError, match="must be host:port") as refused:
        KafkaSettings(bootstrap_servers=servers)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "servers", [",", "a:9092;b:9092", "a:99999", "a:0", "a:b", "a:9092 b:9092", "a::9092"]
)
def test_what_is_no_list_of_servers_is_refused(servers: str) -> None:
    """The client drops such an item with a line in its log, and waits for the others."""
    with pytest.raises(ValidationError, match="must be host:port"):
        KafkaSettings(bootstrap_servers=servers)


def test_servers_without_a_scheme_are_taken() -> None:
    for servers in ("a:9092", "a:9092, b", "[::1]:9092,10.0.0.1:9092"):
        assert KafkaSettings(bootstrap_servers=servers).bootstrap_servers == servers
