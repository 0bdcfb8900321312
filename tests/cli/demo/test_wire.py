import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.configuration.settings import TopicSettings
from platestream.cli.demo import command
from platestream.cli.demo.wire import EventListener, FrameSender
from platestream.contract.avro import LocalSchemaStore
from platestream.contract.events import EventEncoder
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.messages import decode_frame, form_of
from platestream.contract.readings import ModelRef
from tests.cli.conftest import box, reading
from tests.pictures.pixels import good_picture

TOPICS = TopicSettings(results="frames.results")
NAMES = ("frames", *TOPICS.outputs)


@pytest.fixture
def servers() -> Iterator[str]:
    with EmbeddedBroker(topics=dict.fromkeys(NAMES, 2)) as broker:
        yield broker.bootstrap_servers


def fetch(servers: str, number: int) -> list[Any]:
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "test"})
    consumer.assign([TopicPartition("frames", partition, 0) for partition in range(2)])
    found: list[Any] = []
    deadline = time.monotonic() + 20
    while len(found) < number and time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            found.append(message)
    consumer.close()
    return found


def test_pictures_travel_in_all_three_forms_and_keep_their_identity(servers: str) -> None:
    picture = good_picture()
    sender = FrameSender(servers, "frames")
    for number in range(3):
        sender.send(number, f"id-{number}", "camera-01", picture)
    sender.finish(20)
    messages = fetch(servers, 3)
    assert {form_of(message.value()) for message in messages} == {"avro", "json", "picture"}
    for message in messages:
        frame = decode_frame(
            message.value(),
            message.key(),
            message.headers(),
            SourceRef("frames", message.partition(), message.offset()),
            message.timestamp()[1],
            store=LocalSchemaStore(),
        )
        assert frame.image == picture
        assert frame.camera_id == "camera-01"
        assert frame.frame_id.startswith("id-")
        assert abs(frame.captured_at / 1000 - time.time()) < 60


def test_what_is_no_picture_travels_inside_avro(servers: str) -> None:
    sender = FrameSender(servers, "frames")
    for number, data in enumerate((b"", b"hello", b'{"image": 1}', b"\0" * 9)):
        sender.send(number, f"id-{number}", "camera-01", data)
    sender.finish(20)
    assert {form_of(message.value()) for message in fetch(servers, 4)} == {"avro"}


def test_the_listener_reads_events_with_the_schemas_alone(servers: str) -> None:
    from confluent_kafka import Producer

    frame = Frame(
        frame_id="a", camera_id="c", captured_at=1_700_000_000_123, source=SourceRef("frames", 0, 7)
    )
    encoder = EventEncoder(LocalSchemaStore())
    found = (reading("京A12345", box(1, 2, 30, 10), confidence=0.5),)
    [record] = encoder.plates(frame, found, ModelRef("m", "1"), 1_700_000_000_456)
    producer = Producer({"bootstrap.servers": servers})
    producer.produce("plates", value=record.value, key=record.key)
    producer.flush(20)
    taken: list[tuple[str, dict[str, Any]]] = []
    listener = EventListener(servers, TOPICS, 2)
    deadline = time.monotonic() + 20
    while not taken and time.monotonic() < deadline:
        listener.poll(0.1, lambda topic, event, _at: taken.append((topic, event)))
    listener.close()
    [(topic, event)] = taken
    assert topic == "plates"
    assert event["captured_at"] == 1_700_000_000_123
    assert event["processed_at"] == 1_700_000_000_456
    assert event["plate"]["plate_number"] == "京A12345"
    assert event["source"] == {"topic": "frames", "partition": 0, "offset": 7}


def test_nothing_is_said_of_a_broker_that_goes_first(capfd: pytest.CaptureFixture[str]) -> None:
    """As when the demo ends, whose last line is the report's."""
    with EmbeddedBroker(topics=dict.fromkeys(NAMES, 2)) as broker:
        sender = FrameSender(broker.bootstrap_servers, "frames")
        listener = EventListener(broker.bootstrap_servers, TOPICS, 2)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        sender.check()
        listener.poll(0.05, lambda *_: None)
    listener.close()
    assert capfd.readouterr().err == ""


def test_nothing_is_said_of_the_services_connections(capfd: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("librdkafka")
    with command._quiet():
        library.error("FAIL [thrd:127.0.0.1:9/1]: ApiVersionRequest failed")
        logging.getLogger("other").error("still said")
    said = capfd.readouterr().err
    assert "FAIL" not in said
    assert "still said" in said
    assert library.isEnabledFor(logging.ERROR)
