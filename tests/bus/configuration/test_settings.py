"""Settings of the Kafka interface: what is refused, and why."""

import pytest
from pydantic import ValidationError

from platestream.bus.configuration.settings import KafkaSettings, TopicSettings


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("enable.auto.commit", "no frame is lost"),
        ("enable.auto.offset.store", "no frame is lost"),
        ("group.id", "own setting"),
        ("metadata.broker.list", "own setting"),
        ("sasl.password", "secret"),
        ("isolation.level", "no frame is doubled"),
        ("group.instance.id", "own setting"),
        ("group.protocol", "own setting"),
    ],
)
def test_passthrough_cannot_break_the_promise(key: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        KafkaSettings(consumer={key: "x"})


@pytest.mark.parametrize("key", ["acks", "request.required.acks", "enable.idempotence"])
def test_the_producer_keeps_its_guarantees(key: str) -> None:
    with pytest.raises(ValidationError, match="no frame is lost"):
        KafkaSettings(producer={key: "0"})


def test_the_transactional_id_has_its_own_setting() -> None:
    with pytest.raises(ValidationError, match="own setting"):
        KafkaSettings(producer={"transactional.id": "x"})


def test_the_new_group_protocol_refuses_what_the_broker_decides() -> None:
    with pytest.raises(ValidationError, match=r"session\.timeout\.ms is the broker's"):
        KafkaSettings(group_protocol="consumer", consumer={"session.timeout.ms": 9000})


def test_a_second_name_of_a_setting_becomes_the_first() -> None:
    settings = KafkaSettings(producer={"delivery.timeout.ms": 5000})
    assert settings.producer == {"message.timeout.ms": 5000}


def test_one_setting_under_two_names_is_refused() -> None:
    with pytest.raises(ValidationError, match="two names"):
        KafkaSettings(producer={"delivery.timeout.ms": 5000, "message.timeout.ms": 6000})


def test_topics_must_differ() -> None:
    with pytest.raises(ValidationError, match="different"):
        TopicSettings(plates="frames")
    with pytest.raises(ValidationError, match="different"):
        TopicSettings(results="plates")


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError):
        KafkaSettings.model_validate({"grup_id": "x"})
