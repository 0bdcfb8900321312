"""What consuming a frame and publishing its answer costs: the service with a reader that knows all.

The broker, the producer of frames and the reader of answers are in this process; the service is in
another, so that its processor time is its own.
"""

import multiprocessing
import os
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

import cv2
import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.cli.exits import CliError, ExitCode
from platestream.contract.readings import ModelRef, PlateColor, PlateReading
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.picture import Picture

_PARTITIONS: Final = 8
_TOPICS: Final = ("frames", "plates", "frames.failed", "frames.results")
# The embedded broker keeps 5 MiB of a partition: what is under way must stay far below.
_UNDER_WAY: Final = 32
_MARKER: Final = 4  # bytes of a JPEG segment's marker and length
# The broker goes when the measuring ends, which is no news.
_QUIET: Final = {"log_level": 0, "log.connection.close": False}
_WARM: Final = 100
# Joining takes seconds; a machine that answers no frame in a minute answers none.
_LIMIT_S: Final = 60.0


class KnowingReader:
    """Answers one plate for whatever picture, at once."""

    model = ModelRef("none", "0")
    provider = "none"
    precision = "none"
    _plate = PlateReading(
        plate_number="AB1234",
        plate_color=PlateColor.WHITE,
        plate_location=((1, 1), (9, 1), (9, 5), (1, 5)),
        confidence=0.9,
        rows=1,
        char_confidences=(0.9,) * 6,
        detection_score=0.9,
    )

    def warm_up(self) -> None:
        """Nothing to do."""

    def prepare(self, picture: Picture, /) -> None:
        """Decode what the first look at a picture needs, as all others do."""
        picture.at(1)

    def read(
        self, pictures: Sequence[Picture | UInt8Array], cameras: object = None, /
    ) -> list[tuple[PlateReading, ...]]:
        """One plate for each picture."""
        del cameras
        return [(self._plate,)] * len(pictures)


def small_picture(size: int) -> bytes:
    """A JPEG of 32 x 32 pixels that takes ``size`` bytes, most of it a comment."""
    _, encoded = cv2.imencode(".jpg", np.full((32, 32, 3), 128, np.uint8))
    data = encoded.tobytes()
    comments = b""
    while (missing := size - len(data) - len(comments)) > _MARKER:
        length = min(missing - 2, 65_535)
        comments += b"\xff\xfe" + length.to_bytes(2, "big") + bytes(length - 2)
    return data[:2] + comments + data[2:]


def bus_cost(frames: int, size: int) -> tuple[float, float]:
    """Return what a frame of ``size`` bytes with one plate costs the service, and its event.

    Returns:
        Processor time, milliseconds, and the event's bytes on the wire.

    Raises:
        CliError: If the service does not answer.
    """
    with EmbeddedBroker(topics=dict.fromkeys(_TOPICS, _PARTITIONS)) as broker:
        servers = broker.bootstrap_servers
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        service = context.Process(target=_serve, args=(servers, theirs), daemon=True)
        service.start()
        try:
            traffic = _Traffic(servers, small_picture(size))
            traffic.exchange(_WARM)
            before = _spent(ours)
            traffic.exchange(frames)
            return (_spent(ours) - before) * 1000 / frames, traffic.event_bytes
        finally:
            ours.close()
            service.terminate()
            service.join()


def _spent(pipe: Connection) -> float:
    pipe.send(None)
    if not pipe.poll(_LIMIT_S):
        raise CliError("the measured service does not answer", ExitCode.FATAL)
    seconds: float = pipe.recv()
    return seconds


class _Traffic:
    """Frames in, answers out, a bounded number of them under way."""

    def __init__(self, servers: str, picture: bytes) -> None:
        self._picture = picture
        self._producer = Producer({"bootstrap.servers": servers, "linger.ms": 1, **_QUIET})
        self._listener = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": "bench-listener",
                **_QUIET,
                "fetch.wait.max.ms": 10,
                # The embedded broker answers a fetch of an empty partition with an error.
                "fetch.error.backoff.ms": 10,
            }
        )
        self._listener.assign(
            [
                TopicPartition(topic, number, 0)
                for topic in ("plates", "frames.results")
                for number in range(_PARTITIONS)
            ]
        )
        self._sent = 0
        self.event_bytes = 0.0

    def exchange(self, frames: int) -> None:
        """Send so many frames and wait for as many answers.

        Raises:
            CliError: If they do not come.
        """
        sent = seen = 0
        deadline = time.monotonic() + _LIMIT_S
        while seen < frames:
            while sent < min(frames, seen + _UNDER_WAY):
                self._producer.produce("frames", self._picture, partition=self._sent % _PARTITIONS)
                sent += 1
                self._sent += 1
            self._producer.poll(0)
            for message in self._listener.consume(100, 0.05):
                if message.error() is not None:
                    continue
                if message.topic() == "plates":
                    self.event_bytes = float(
                        len(message.value() or b"") + len(message.key() or b"")
                    )
                else:
                    seen += 1
                    deadline = time.monotonic() + _LIMIT_S
            if time.monotonic() > deadline:
                raise CliError("the measured service answers no frames", ExitCode.FATAL)


def _serve(servers: str, pipe: Connection) -> None:
    """Run the service in this process; tell its processor time whenever asked."""
    import logging
    import threading

    from platestream.bus.configuration.settings import KafkaSettings
    from platestream.bus.service import StreamService
    from platestream.stream.settings import StreamSettings
    from platestream.telemetry.logs import configure_logging
    from platestream.telemetry.metrics import Metrics
    from platestream.vision.settings import PictureLimits

    configure_logging(level="error", form="console")
    logging.getLogger("librdkafka").setLevel(logging.CRITICAL + 1)  # the broker goes before us
    service = StreamService(
        kafka=KafkaSettings.model_validate(
            {
                "bootstrap_servers": servers,
                "group_id": "bench",
                "guarantee": "at_least_once",
                "topics": {"results": "frames.results"},
            }
        ),
        stream=StreamSettings(),
        pictures=PictureLimits(),
        reader=KnowingReader(),
        metrics=Metrics(),
    )
    threading.Thread(target=service.run, daemon=True).start()
    try:
        while True:
            pipe.recv()
            pipe.send(time.process_time())
    except (EOFError, BrokenPipeError):
        os._exit(0)
