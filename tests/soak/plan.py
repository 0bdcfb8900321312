"""Which frames a run sends: known beforehand, so that the audit needs nobody's word for it."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import cv2
import numpy as np
from confluent_kafka import KafkaError, Message, Producer

from platestream.contract.avro import LocalSchemaStore, encode
from platestream.contract.schemas import SchemaName

_BAD_SHARE: Final = 0.03
_BODIES: Final = (
    b"no picture at all",
    b"\xff\xd8\xff\xe0 cut short",
    b"",
    b"\0\0\0\0\7 no such id",
)
_STORE: Final = LocalSchemaStore()


@dataclass(frozen=True, slots=True)
class PlannedFrame:
    """One frame of the run: the ``number``-th of its camera."""

    camera: str
    number: int
    bad: bool

    @property
    def frame_id(self) -> str:
        """Its identity, which says where it stands among its camera's frames."""
        return f"{self.camera}/{self.number:06d}"


def plan_frames(frames: int, cameras: int, seed: int) -> list[PlannedFrame]:
    """``frames`` frames of ``cameras`` cameras that take turns; three of a hundred are bad."""
    draw = random.Random(seed)
    return [
        PlannedFrame(f"camera-{n % cameras:02d}", n // cameras, draw.random() < _BAD_SHARE)
        for n in range(frames)
    ]


def small_pictures(width: int = 320, height: int = 180) -> list[bytes]:
    """The package's drawn demo scenes as small JPEG files."""
    made: list[bytes] = []
    for entry in sorted(files("platestream.cli").joinpath("demo_pictures").iterdir(), key=str):
        if entry.name.endswith(".jpg"):
            scene = cv2.imdecode(np.frombuffer(entry.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
            assert scene is not None
            small = cv2.resize(scene, (width, height), interpolation=cv2.INTER_AREA)
            done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])
            assert done
            made.append(encoded.tobytes())
    return made


class Feed:
    """Sends a plan as cameras do: each goes on by itself, none runs far ahead of its results.

    Args:
        servers: Bootstrap servers.
        topic: The frames topic.
        plan: What to send.
        lead: Most frames of one camera without a result.
        seen: How many results there are of each camera, kept up to date by somebody else.
    """

    def __init__(
        self,
        servers: str,
        topic: str,
        plan: list[PlannedFrame],
        *,
        lead: int,
        seen: Callable[[], Mapping[str, int]],
    ) -> None:
        self._topic = topic
        self._lead = lead
        self._seen = seen
        self._pictures = small_pictures()
        self._left: dict[str, list[PlannedFrame]] = {}
        for frame in reversed(plan):
            self._left.setdefault(frame.camera, []).append(frame)
        self._sent = dict.fromkeys(self._left, 0)
        self.acknowledged: dict[int, int] = {}
        self.failed = 0
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                # Neither lost nor doubled on their way in, or the audit would blame the service.
                "enable.idempotence": True,
                "acks": "all",
                "message.timeout.ms": 300_000,
                "linger.ms": 5,
                "partitioner": "murmur2_random",
                "log_level": 2,
            }
        )

    @property
    def done(self) -> bool:
        """Whether everything is sent and acknowledged."""
        return not any(self._left.values()) and len(self._producer) == 0

    @property
    def sent(self) -> int:
        """Frames handed to the producer."""
        return sum(self._sent.values())

    def step(self) -> None:
        """Send what may be sent now. Does not block."""
        seen = self._seen()
        for camera, left in self._left.items():
            while left and self._sent[camera] - seen.get(camera, 0) < self._lead:
                self._send(left[-1])
                left.pop()
                self._sent[camera] += 1
        self._producer.poll(0)

    def _send(self, frame: PlannedFrame) -> None:
        now = time.time_ns() // 1_000_000
        identity: list[tuple[str, str | bytes | None]] = [
            ("frame_id", frame.frame_id.encode()),
            ("camera_id", frame.camera.encode()),
            ("captured_at", str(now).encode()),
        ]
        value = _BODIES[frame.number % len(_BODIES)]
        if not frame.bad:
            value = self._pictures[frame.number % len(self._pictures)]
            if frame.number % 2:
                record = {
                    "frame_id": frame.frame_id,
                    "camera_id": frame.camera,
                    "captured_at": now,
                    "image": value,
                    "url": None,
                    "attributes": {},
                }
                value, identity = encode(SchemaName.FRAME_EVENT, record, _STORE), []
        self._producer.produce(
            self._topic,
            value=value,
            key=frame.camera.encode(),
            headers=identity,
            on_delivery=self._on_delivery,
        )

    def _on_delivery(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed += 1
            return
        partition = message.partition()
        assert partition is not None
        self.acknowledged[partition] = self.acknowledged.get(partition, 0) + 1
