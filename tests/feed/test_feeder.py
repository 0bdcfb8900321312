"""A feed as a whole: every frame accounted for, on a broker, with and without room."""

from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError
from platestream.bus.flow.messages import open_message
from platestream.bus.frame_sender import FrameSender
from platestream.contract.avro import LocalSchemaStore
from platestream.contract.messages import DEFAULT_LIMITS
from platestream.feed.location import SourceProblemError, locate, shown
from platestream.feed.settings import FeedSettings
from platestream.telemetry.feed_metrics import FeedMetrics
from tests.feed.pictures import jpegs, number_of, write_folder
from tests.feed.running import KeepingSink, feeder_of, running
from tests.feed.servers.mjpeg import MjpegServer
from tests.stream.waiting import wait_until


def _records(servers: str, topic: str) -> list[Message]:
    consumer = Consumer(
        {"bootstrap.servers": servers, "group.id": "t", "enable.partition.eof": True}
    )
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    records: list[Message] = []
    try:
        for partition in partitions:
            at = TopicPartition(topic, partition)
            _, end = consumer.get_watermark_offsets(at, timeout=10)
            consumer.assign([TopicPartition(topic, partition, 0)])
            while end and (not records or (records[-1].offset() or 0) < end - 1
                           or records[-1].partition() != partition):  # fmt: skip
                message = consumer.poll(10)
                assert message is not None
                if message.error() is None:
                    records.append(message)
    finally:
        consumer.close()
    return records


def test_each_frame_is_on_the_topic_once_in_order_and_as_the_contract_says(tmp_path: Path) -> None:
    north, south = (write_folder(tmp_path / name, 30) for name in ("north", "south"))
    metrics = FeedMetrics()
    with EmbeddedBroker(topics={"frames": 4}) as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        sender = FrameSender(kafka)
        assert sender.open()
        summary = feeder_of(
            sender,
            metrics=metrics,
            sources={
                "north": {"source": str(north), "attributes": {"lane": "2"}},
                "south": {"source": str(south)},
            },
        ).run()
        records = _records(broker.bootstrap_servers, "frames")
    frames = [open_message(record, LocalSchemaStore(), DEFAULT_LIMITS) for record in records]
    for camera in ("north", "south"):
        own = [frame for frame in frames if frame.camera_id == camera]
        assert [number_of(frame.image or b"") for frame in own] == list(range(30))
        assert len({frame.frame_id for frame in own}) == 30
        assert summary.cameras[camera].published == summary.cameras[camera].read == 30
    assert {frame.attributes.get("lane") for frame in frames if frame.camera_id == "north"} == {"2"}
    assert {record.key() for record in records} == {b"north", b"south"}
    value = metrics.registry.get_sample_value
    assert value("platestream_feed_frames_published_total") == 60
    assert value("platestream_feed_frames_read_total") == 60
    assert value("platestream_feed_pictures_total", {"form": "source"}) == 60


def test_a_live_camera_drops_its_oldest_while_there_is_no_room_and_each_is_counted() -> None:
    sink = KeepingSink(room=0)
    with MjpegServer(list(jpegs(100)), at_a_time=1000, fps=100) as server:
        source = {"source": f"http://{server.address}/"}
        feeder = feeder_of(sink, sources={"gate": source}, queue_frames=5)
        with running(feeder) as run:
            wait_until(lambda: _dropped(feeder) >= 10)
            sink.room = 1_000_000
            wait_until(lambda: len(sink.messages) > 10)
        summary = run.ended().cameras["gate"]
    numbers = [number_of(message.value) for message in sink.messages]
    # The one that waits at the sink, then the newest five, then all.
    assert numbers[0] == 0
    assert numbers[1] >= 10
    assert numbers[1:11] == list(range(numbers[1], numbers[1] + 10))
    assert summary.dropped["queue"] >= 10
    assert summary.read == summary.published + sum(summary.dropped.values())
    assert run.ended().latency_seconds["p50"] >= 0


def _dropped(feeder: object) -> int:
    (camera,) = feeder._cameras.values()  # type: ignore[attr-defined]
    return int(camera.counts.dropped["queue"])


def test_a_film_waits_for_room_and_a_stop_counts_what_is_left(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, 20)
    sink = KeepingSink(room=3)
    feeder = feeder_of(
        sink, sources={"gate": {"source": str(folder)}}, queue_frames=4, drain_seconds=0.1
    )
    with running(feeder) as run:
        # Three are sent, one is at the sink, four wait, and one is held by its reader.
        wait_until(lambda: len(feeder._outbox) == 4)
        (camera,) = feeder._cameras.values()
        wait_until(lambda: camera.counts.read == 9)
    summary = run.ended().cameras["gate"]
    assert summary.published == 3
    assert summary.dropped["stopped"] == summary.read - 3
    assert summary.dropped["queue"] == 0


def test_a_topic_that_is_not_there_is_said_before_anything_is_read() -> None:
    with EmbeddedBroker(topics={"other": 1}) as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        with pytest.raises(
            StartError, match="missing topics, or not visible to this user: frames;"
        ):
            FrameSender(kafka).open()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("rtsp://user:pass@10.0.0.7:554/live?pwd=x#y", "rtsp://10.0.0.7:554/live"),
        ("http://us@er:p@ss@camera/v.mjpg", "http://camera/v.mjpg"),
        ("https://camera/v", "https://camera/v"),
        ("films/a?b.mp4", "films/a?b.mp4"),
        ("rtsp://[::1", "<not a URL>"),
    ],
)
def test_credentials_of_a_source_are_not_shown(source: str, expected: str) -> None:
    assert shown(source) == expected
    settings = FeedSettings.model_validate({"sources": {"gate": {"source": source}}})
    assert settings.model_dump(mode="json")["sources"]["gate"]["source"] == expected


@pytest.mark.parametrize(
    ("source", "watch", "message"),
    [
        ("file:///etc/passwd", False, "is none of rtsp"),
        ("concat:a|b", False, "no such file"),
        ("rtsp://user:pass@:554/x", False, "names no host"),
        ("rtsp://user:pass@host:70000/x", False, "malformed"),
        ("rtsp://host/x", True, "only a folder"),
        ("/nowhere/at/all", True, "no such folder"),
    ],
)
def test_what_cannot_be_a_source_is_refused_without_its_credentials(
    source: str, watch: bool, message: str
) -> None:
    with pytest.raises(SourceProblemError, match=message) as refused:
        locate(source, watch=watch)
    assert "pass@" not in str(refused.value)


def test_a_credentials_file_is_put_into_the_url_and_nowhere_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("op:p@s:s/w\n")
    location = locate("rtsp://old:one@host:554/x?y=1", watch=False, credentials_file=secret)
    assert location.address == "rtsp://op:p%40s%3As%2Fw@host:554/x?y=1"
    assert "op" not in repr(location)


@pytest.mark.parametrize(
    ("camera", "attributes"),
    [("", {}), ("a" * 257, {}), ("line\nbreak", {}), ("gate", {"note": "x" * 1025})],
)
def test_cameras_that_no_reader_would_take_are_refused(
    camera: str, attributes: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"no id|characters"):
        FeedSettings.model_validate(
            {"sources": {camera: {"source": "rtsp://host/x", "attributes": attributes}}}
        )
