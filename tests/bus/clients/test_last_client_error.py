"""Why a cluster does not answer."""

import pytest
from confluent_kafka import KafkaError

from platestream.bus.clients.client_log import LastClientError
from platestream.bus.errors import StartError


def test_without_a_callback_the_call_s_own_words_stand() -> None:
    assert LastClientError().told("Broker transport failure") == "Broker transport failure"


def test_the_last_reason_of_each_broker_is_told_once() -> None:
    reasons = LastClientError()
    words = "Failed to resolve 'a:1': Name or service not known"
    for _ in range(3):
        reasons.note(KafkaError(KafkaError._RESOLVE, f"a:1/bootstrap: {words} (after 0ms in s)"))
        reasons.note(KafkaError(KafkaError._TRANSPORT, "b:1/bootstrap: Connection refused"))
        reasons.note(KafkaError(KafkaError._ALL_BROKERS_DOWN, "2/2 brokers are down"))
    reasons.raise_certain()
    assert reasons.told("") == f"{words} (after 0ms in s); Connection refused"


def test_who_is_not_let_in_does_not_wait() -> None:
    reasons = LastClientError()
    reasons.note(
        KafkaError(KafkaError._AUTHENTICATION, "sasl_ssl://b:1/bootstrap: SASL error: wrong")
    )
    with pytest.raises(StartError, match="not let in by b:1: SASL error: wrong"):
        reasons.raise_certain()
