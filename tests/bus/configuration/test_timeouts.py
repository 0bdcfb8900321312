"""The chain of time-outs."""

from typing import Any

import pytest

from platestream.bus.configuration.preflight import check_timeouts, timeout_chain
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import ConfigurationError
from platestream.stream.settings import StreamSettings


def test_the_defaults_hold_together() -> None:
    settings = KafkaSettings(termination_grace_seconds=30)
    assert len(list(timeout_chain(settings, StreamSettings()))) >= 7
    check_timeouts(settings, StreamSettings())


@pytest.mark.parametrize(
    ("kafka", "stream", "named"),
    [
        ({"consumer": {"heartbeat.interval.ms": 20_000}}, {}, "heartbeat.interval.ms"),
        ({"consumer": {"session.timeout.ms": 300_000}}, {}, "session.timeout.ms"),
        ({"revoke_seconds": 150, "liveness_seconds": 400}, {}, "max.poll.interval.ms"),
        ({"revoke_seconds": 59, "liveness_seconds": 30}, {}, "kafka.liveness_seconds"),
        ({"producer": {"delivery.timeout.ms": 9_000}}, {}, "message.timeout.ms"),
        ({"producer": {"transaction.timeout.ms": 20_000}}, {}, "transaction.timeout.ms"),
        ({"producer": {"transaction.timeout.ms": 901_000}}, {}, "transaction.max.timeout.ms"),
        ({"revoke_seconds": 0.005}, {"batch_max_age_ms": 1}, "kafka.transaction_linger_ms"),
        ({"drain_seconds": 40, "termination_grace_seconds": 30}, {}, "kafka.drain_seconds"),
        ({"revoke_seconds": 1}, {"batch_max_age_ms": 2000}, "stream.batch_max_age_ms"),
    ],
)
def test_each_broken_link_is_named(
    kafka: dict[str, Any], stream: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"must be (less than|at most)") as caught:
        check_timeouts(KafkaSettings(**kafka), StreamSettings(**stream))
    assert named in str(caught.value)


def test_without_transactions_only_the_producer_s_own_time_counts() -> None:
    producer = {"message.timeout.ms": 200_000}
    with pytest.raises(ConfigurationError, match=r"at most transaction\.timeout\.ms"):
        check_timeouts(KafkaSettings(producer=producer), StreamSettings())
    for kafka in (
        KafkaSettings(producer=producer, guarantee="at_least_once"),
        KafkaSettings(producer=producer, embedded=True),
    ):
        check_timeouts(kafka, StreamSettings())


def test_all_broken_links_are_named_at_once() -> None:
    kafka = KafkaSettings(
        consumer={"heartbeat.interval.ms": 40_000}, producer={"message.timeout.ms": 10}
    )
    with pytest.raises(ConfigurationError) as caught:
        check_timeouts(kafka, StreamSettings())
    assert "heartbeat" in str(caught.value)
    assert "message.timeout.ms" in str(caught.value)


def test_a_time_that_is_no_number_is_refused() -> None:
    kafka = KafkaSettings(consumer={"max.poll.interval.ms": "soon"})
    with pytest.raises(ConfigurationError, match=r"max\.poll\.interval\.ms"):
        check_timeouts(kafka, StreamSettings())


def test_the_new_group_protocol_leaves_the_session_to_the_broker() -> None:
    kafka = KafkaSettings(group_protocol="consumer")
    names = [link.left for link in timeout_chain(kafka, StreamSettings())]
    assert "session.timeout.ms" not in names
