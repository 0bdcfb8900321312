"""``make backlog``: a back-log much larger than the memory that the service may take.

BACKLOG_FRAMES (2000) pictures of 1 MB wait in the topic before the service starts. Its peak of
resident memory must stay under what it was when it was warm and idle plus ``memory_bound`` of its
settings. The last line of standard output is one JSON object; exit code 1: the bound was passed.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from confluent_kafka import Producer
from rich.console import Console
from rich.progress import Progress

from platestream.bus.configuration.memory import MemoryBound, memory_bound
from platestream.bus.configuration.settings import KafkaSettings, TopicSettings
from platestream.config import Settings
from platestream.stream.settings import StreamSettings
from platestream.vision.settings import PictureLimits
from tests.clusters.kafka import KafkaCluster
from tests.clusters.requirement import UnavailableError
from tests.soak.audit import Audit
from tests.soak.fleet import Replica
from tests.soak.outputs import Outputs
from tests.soak.plan import PlannedFrame
from tests.stream.waiting import wait_until

_TOPICS: Final = TopicSettings(results="frames.results")
_MIB: Final = 1024 * 1024
_PARTITIONS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogReport:
    """What a run came to; memory in bytes."""

    frames: int
    frame_bytes: int
    answered: int
    idle_rss: int
    peak_rss: int
    bound: MemoryBound
    seconds: float

    @property
    def allowed(self) -> int:
        """The most that the peak may be."""
        return self.idle_rss + self.bound.total

    @property
    def passed(self) -> bool:
        """Whether every frame was answered inside the bound."""
        return self.answered == self.frames and self.peak_rss <= self.allowed

    def as_json(self) -> str:
        """One line."""
        mib = {name: round(value / _MIB, 1) for name, value in asdict(self.bound).items()}
        return json.dumps(
            {
                "frames": self.frames,
                "frame_mb": round(self.frame_bytes / 1e6, 3),
                "answered": self.answered,
                "idle_rss_mib": round(self.idle_rss / _MIB, 1),
                "peak_rss_mib": round(self.peak_rss / _MIB, 1),
                "allowed_mib": round(self.allowed / _MIB, 1),
                "bound_mib": mib,
                "seconds": round(self.seconds, 1),
                "passed": self.passed,
            }
        )


def large_picture(size: int) -> bytes:
    """A JPEG of about ``size`` bytes: a smooth scene under noise, which no encoder can shrink."""
    draw = np.random.default_rng(1)
    smooth = np.linspace(0, 255, 1280, dtype=np.float32)[None, :, None].repeat(960, 0).repeat(3, 2)
    best = b""
    for noise in range(5, 120, 5):
        pixels = np.clip(smooth + draw.normal(0, noise, smooth.shape), 0, 255).astype(np.uint8)
        done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])
        assert done
        best = encoded.tobytes()
        if len(best) >= size:
            break
    return best


def _settings(servers: str) -> dict[str, Any]:
    return {
        "kafka": {
            "bootstrap_servers": servers,
            "group_id": "backlog",
            "transactional_id": "backlog-0",
            "topics": _TOPICS.model_dump(),
        },
        # Half the defaults and less: the bound is then small against the back-log.
        "stream": {
            "batch_max_frames": 8,
            "decode_workers": 2,
            "fetch_workers": 1,
            "max_in_flight_frames": 64,
            "max_in_flight_bytes": 32 * _MIB,
            "max_decoded_bytes": 64 * _MIB,
        },
        "pictures": {"max_side": 2048},
        "vision": {"threads": 1, "batch_buckets": [1, 2, 4, 8]},
        "telemetry": {"host": "127.0.0.1", "port": 0},
    }


def run_backlog(
    frames: int,
    *,
    size: int = 1_000_000,
    vision: dict[str, Any] | None = None,
    tell: Callable[[int], None] = lambda _: None,
    seconds: float = 900.0,
) -> BacklogReport:
    """Fill the topic, start the service, wait for every answer, look at its memory."""
    picture = large_picture(size)
    audit = Audit()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backlog-")))
        cluster = stack.enter_context(KafkaCluster(1))
        servers = cluster.bootstrap_servers
        cluster.create_topics((_TOPICS.frames, *_TOPICS.outputs), _PARTITIONS)
        given = _settings(servers)
        given["vision"] |= vision or {}
        replica = Replica("backlog", folder, given)
        replica.start()
        stack.callback(replica.kill)
        wait_until(
            lambda: replica.has_logged("partitions_assigned") or not replica.running, "a start"
        )
        _expect_running(replica)
        idle = _memory_of(replica, "VmHWM")
        _fill(servers, picture, frames)
        outputs = Outputs(servers, _TOPICS, _PARTITIONS, audit)
        stack.callback(outputs.close)
        began = time.monotonic()
        while audit.finished < frames and time.monotonic() - began < seconds:
            outputs.step(0.2)
            tell(audit.finished)
            _expect_running(replica)
        settings = Settings.model_validate(given)
        return BacklogReport(
            frames=frames,
            frame_bytes=len(picture),
            answered=audit.finished,
            idle_rss=idle,
            peak_rss=_memory_of(replica, "VmHWM"),
            bound=_bound(settings.kafka, settings.stream, settings.pictures),
            seconds=time.monotonic() - began,
        )


def _bound(kafka: KafkaSettings, stream: StreamSettings, pictures: PictureLimits) -> MemoryBound:
    return memory_bound(kafka, stream, pictures, brokers=1)


def _fill(servers: str, picture: bytes, frames: int) -> None:
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "enable.idempotence": True,
            "message.max.bytes": 8 * _MIB,
            "queue.buffering.max.kbytes": 64 * 1024,
        }
    )
    for number in range(frames):
        frame = PlannedFrame(f"camera-{number % 32:02d}", number // 32, bad=False)
        headers: list[tuple[str, str | bytes | None]] = [
            ("frame_id", frame.frame_id.encode()),
            ("camera_id", frame.camera.encode()),
        ]
        while True:
            try:
                producer.produce(
                    _TOPICS.frames, value=picture, key=frame.camera.encode(), headers=headers
                )
            except BufferError:
                producer.poll(0.1)
            else:
                break
        producer.poll(0)
    assert producer.flush(120) == 0


def _expect_running(replica: Replica) -> None:
    if not replica.running:
        raise RuntimeError(f"the service ended: {replica.last_words()}")


def _memory_of(replica: Replica, field: str) -> int:
    """A field of the kernel's account of the process, bytes; ``VmHWM`` is the peak of RSS."""
    status = Path(f"/proc/{replica.pid}/status").read_text()
    return next(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(field)
    )


def main() -> int:
    """Run it and say what came of it."""
    frames = int(os.environ.get("BACKLOG_FRAMES") or 2000)
    progress = Console(stderr=True)
    try:
        with Progress(console=progress, disable=not progress.is_terminal) as bar:
            task = bar.add_task("back-log", total=frames)
            report = run_backlog(frames, tell=lambda done: bar.update(task, completed=done))
    except UnavailableError as error:
        sys.stderr.write(f"backlog: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    Console(width=100).print(
        f"{report.frames} frames of {report.frame_bytes / 1e6:.2f} MB: "
        f"{report.idle_rss / _MIB:.0f} MiB warm and idle, peak {report.peak_rss / _MIB:.0f} MiB, "
        f"allowed {report.allowed / _MIB:.0f} MiB; {report.seconds:.0f} s"
    )
    sys.stdout.write(report.as_json() + "\n")
    return 0 if report.passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
