"""While a broker is away its clients' complaints are one line, then a reminder, then its return."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from platestream.bus.clients.complaints import Complaints, broker_and_words
from platestream.bus.clients.configuration import consumer_configuration, producer_configuration
from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.clients.troubles import Troubles
from platestream.bus.delivery.publisher import Publisher
from platestream.bus.errors import StartError
from platestream.bus.settings import KafkaSettings
from platestream.telemetry.logs import configure_logging
from platestream.telemetry.metrics import Metrics
from tests.clusters.process import free_port

REFUSED = "Connect to ipv4#10.0.0.1:9092 failed: Connection refused"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def complaints(clock: Clock) -> Complaints:
    return Complaints(Troubles(remind=60.0, clock=clock))


def librdkafka(text: str, kind: str = "FAIL") -> logging.LogRecord:
    arguments = (kind, "rdkafka#consumer-1", f"[thrd:{text.split(': ', maxsplit=1)[0]}]: {text}")
    return logging.LogRecord(
        "librdkafka", logging.ERROR, "", 0, "%s [%s] %s", arguments, exc_info=None
    )


def callback(text: str, client: str = "consumer") -> logging.LogRecord:
    modules = {"consumer": "bus.clients.consumer", "producer": "bus.delivery.publisher"}
    event: Any = {"event": f"{client}_error", "error": "_TRANSPORT", "reason": text}
    return logging.LogRecord(
        f"platestream.{modules[client]}", logging.WARNING, "", 0, event, (), exc_info=None
    )


def statistics(state: str, seconds: float, broker: str = "kafka-1:9092") -> str:
    entry = {"nodename": broker, "state": state, "stateage": int(seconds * 1e6)}
    return json.dumps({"brokers": {f"{broker}/1": entry}})


@pytest.mark.parametrize(
    ("text", "broker", "words"),
    [
        (f"kafka-1:9092/1: {REFUSED} (after 2ms in state CONNECT)", "kafka-1:9092", REFUSED),
        (
            f"GroupCoordinator: kafka-1:9092: {REFUSED} (after 0ms in state UP, 3 like it)",
            "kafka-1:9092",
            REFUSED,
        ),
        ("sasl_ssl://[::1]:9092/bootstrap: Disconnected", "[::1]:9092", "Disconnected"),
        ("Subscribed topic not available: frames", None, "Subscribed topic not available: frames"),
    ],
)
def test_what_a_complaint_is_about(text: str, broker: str | None, words: str) -> None:
    assert broker_and_words(text) == (broker, words)


def test_a_broker_that_is_away_is_one_line_then_a_reminder_then_its_return(
    complaints: Complaints, clock: Clock
) -> None:
    with capture_logs() as said:
        for second in range(90):
            clock.now = 100.0 + second
            text = f"kafka-1:9092/1: {REFUSED} (after {second}ms in state CONNECT)"
            assert not complaints.filter(librdkafka(text))
            assert not complaints.filter(callback(text))
            assert not complaints.filter(callback(text, "producer"))
            assert not complaints.filter(callback("1/1 brokers are down"))
            complaints.statistics(statistics("CONNECT", 0.5))
        clock.now += 10
        complaints.statistics(statistics("UP", 2.0))
        complaints.statistics(statistics("UP", 7.0))
    assert [line["event"] for line in said] == ["broker_away", "broker_away", "broker_back"]
    assert (said[0]["broker"], said[0]["reason"]) == ("kafka-1:9092", REFUSED)
    assert (said[1]["seconds"], said[1]["times"]) == (60, 181)
    assert said[2]["seconds"] == 99
    with capture_logs() as again:
        assert not complaints.filter(librdkafka(f"kafka-1:9092/1: {REFUSED}"))
    assert [line["event"] for line in again] == ["broker_away"]


def test_another_client_s_old_connection_is_no_return(complaints: Complaints, clock: Clock) -> None:
    with capture_logs() as said:
        complaints.filter(librdkafka(f"kafka-1:9092/1: {REFUSED}"))
        clock.now += 3
        complaints.statistics(statistics("UP", 500))
        assert [line["event"] for line in said] == ["broker_away"]
        clock.now += 20  # nobody has complained since
        complaints.statistics(statistics("UP", 520))
    assert [line["event"] for line in said] == ["broker_away", "broker_back"]


def test_each_broker_is_said(complaints: Complaints) -> None:
    with capture_logs() as said:
        for node in (1, 2, 3):
            complaints.filter(callback(f"kafka-{node}:9092/{node}: Disconnected"))
    assert [line["broker"] for line in said] == [f"kafka-{node}:9092" for node in (1, 2, 3)]


def test_what_is_no_connection_is_said_as_it_is(complaints: Complaints, clock: Clock) -> None:
    refused = "sasl_ssl://kafka-1:9092/1: SASL authentication error: Authentication failed"
    gone = "Subscribed topic not available: frames: Broker: Unknown topic or partition"
    complaints.filter(callback(f"kafka-1:9092/1: {REFUSED}"))
    for text in (refused, gone):
        assert complaints.filter(callback(text))
        assert not complaints.filter(librdkafka(text))
        clock.now += 61
        assert complaints.filter(callback(text))


def test_other_lines_pass_each_time(complaints: Complaints) -> None:
    for _ in range(3):
        assert complaints.filter(librdkafka("kafka-1:9092/1: something", kind="MAXPOLL"))
        other: Any = {"event": "partitions_assigned", "new": 1}
        name = "platestream.bus.clients.consumer"
        assert complaints.filter(logging.LogRecord(name, 20, "", 0, other, (), exc_info=None))


def test_texts_that_never_repeat_take_no_memory_without_end() -> None:
    troubles = Troubles()
    for number in range(5000):
        troubles.heard(f"error {number}")
    assert len(troubles.lasting()) <= 1000


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers[:], root.level = handlers, level


def test_three_clients_without_a_broker_write_one_line(
    written: Callable[[], list[dict[str, Any]]],
) -> None:
    configure_logging(level="info", form="json")
    servers = f"127.0.0.1:{free_port()}"
    settings = KafkaSettings(bootstrap_servers=servers, start_seconds=2)
    metrics = Metrics()
    consumer = FrameConsumer(
        consumer_configuration(settings), topic="frames", ledgers={}, metrics=metrics
    )
    publisher = Publisher(producer_configuration(settings), metrics)
    with pytest.raises(StartError):
        ensure_topics(settings)
    until = time.monotonic() + 2
    while time.monotonic() < until:
        consumer.poll(0.05)
        publisher.poll(0.05)
    lines = written()
    assert [(line["event"], line["broker"]) for line in lines] == [("broker_away", servers)]
    errors = {"error": "_TRANSPORT"}
    counted = metrics.registry.get_sample_value("platestream_consumer_errors_total", errors)
    assert counted is not None
    assert counted > 3, "every one is counted"
    consumer.close(5)
