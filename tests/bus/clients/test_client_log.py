"""While a broker is away its clients' complaints are one line, then a reminder, then its return."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from platestream.bus.clients.client_log import ClientLog, LogThrottle, broker_and_words
from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.configuration.properties import consumer_configuration, producer_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.delivery.publisher import Publisher
from platestream.bus.errors import StartError
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
def log(clock: Clock) -> ClientLog:
    return ClientLog(LogThrottle(remind=60.0, clock=clock))


def written_by(log: ClientLog, text: str, kind: str = "FAIL") -> bool:
    """Whether a line of librdkafka's log comes out, as librdkafka calls a logger."""
    lines: list[logging.LogRecord] = []
    logger = logging.getLogger("librdkafka")
    logger.addFilter(lines.append)  # type: ignore[arg-type]
    try:
        thread = text.split(": ", maxsplit=1)[0]
        log.log(logging.ERROR, "%s [%s] %s", kind, "rdkafka#consumer-1", f"[thrd:{thread}]: {text}")
    finally:
        logger.removeFilter(lines.append)  # type: ignore[arg-type]
    return bool(lines)


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
    log: ClientLog, clock: Clock
) -> None:
    with capture_logs() as said:
        for second in range(90):
            clock.now = 100.0 + second
            text = f"kafka-1:9092/1: {REFUSED} (after {second}ms in state CONNECT)"
            assert not written_by(log, text)
            assert not log.heard(text)
            assert not log.heard(text)
            assert not log.heard("1/1 brokers are down")
            log.statistics(statistics("CONNECT", 0.5))
        clock.now += 10
        log.statistics(statistics("UP", 2.0))
        log.statistics(statistics("UP", 7.0))
    assert [line["event"] for line in said] == ["broker_away", "broker_away", "broker_back"]
    assert (said[0]["broker"], said[0]["reason"]) == ("kafka-1:9092", REFUSED)
    assert (said[1]["seconds"], said[1]["times"]) == (60, 181)
    assert said[2]["seconds"] == 99
    with capture_logs() as again:
        assert not written_by(log, f"kafka-1:9092/1: {REFUSED}")
    assert [line["event"] for line in again] == ["broker_away"]


def test_another_client_s_old_connection_is_no_return(log: ClientLog, clock: Clock) -> None:
    with capture_logs() as said:
        written_by(log, f"kafka-1:9092/1: {REFUSED}")
        clock.now += 3
        log.statistics(statistics("UP", 500))
        assert [line["event"] for line in said] == ["broker_away"]
        clock.now += 20  # nobody has complained since
        log.statistics(statistics("UP", 520))
    assert [line["event"] for line in said] == ["broker_away", "broker_back"]


def test_each_broker_is_said(log: ClientLog) -> None:
    with capture_logs() as said:
        for node in (1, 2, 3):
            log.heard(f"kafka-{node}:9092/{node}: Disconnected")
    assert [line["broker"] for line in said] == [f"kafka-{node}:9092" for node in (1, 2, 3)]


def test_what_is_no_connection_is_said_as_it_is(log: ClientLog, clock: Clock) -> None:
    refused = "sasl_ssl://kafka-1:9092/1: SASL authentication error: Authentication failed"
    gone = "Subscribed topic not available: frames: Broker: Unknown topic or partition"
    log.heard(f"kafka-1:9092/1: {REFUSED}")
    for text in (refused, gone):
        assert log.heard(text)
        assert not written_by(log, text)
        clock.now += 61
        assert log.heard(text)


def test_other_lines_pass_each_time(log: ClientLog) -> None:
    for _ in range(3):
        assert written_by(log, "kafka-1:9092/1: something", kind="MAXPOLL")


def test_texts_that_never_repeat_take_no_memory_without_end() -> None:
    troubles = LogThrottle()
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


def test_nothing_is_said_of_a_broker_that_is_stopped_on_purpose(log: ClientLog) -> None:
    log.dismiss(["kafka-1:9092"])
    with capture_logs() as said:
        assert not log.heard(f"kafka-1:9092/1: {REFUSED}")
        assert not written_by(log, f"GroupCoordinator: kafka-1:9092: {REFUSED}")
        assert log.heard("kafka-2:9092/2: Protocol error") is True
    assert said == []
