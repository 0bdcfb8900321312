"""A replica of the service in a process of its own, to be killed, stopped and continued."""

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.service import StreamService
from platestream.contract.readings import PlateReading
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture
from platestream.vision.settings import PictureLimits
from tests.clusters.process import LoggedProcess
from tests.stream.fakes import FakeReader
from tests.stream.waiting import DEADLINE_S, wait_until

_ROOT = Path(__file__).parents[2]


class PacedReader(FakeReader):
    """Takes its time over a batch, so that a fault finds work in progress."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._pace = threading.Event()

    def read(
        self,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        self._pace.wait(self._seconds)
        return super().read(pictures, cameras)


class Replica(LoggedProcess):
    """The process, seen from the test."""

    def wait_said(self, words: str, timeout: float = DEADLINE_S) -> None:
        wait_until(lambda: self.said(words), f"{words!r} in the log", timeout)

    def stop(self) -> dict[str, Any]:
        """Drain; what it tells at its end."""
        self.signal(signal.SIGTERM)
        return self.wait_ended()

    def wait_ended(self) -> dict[str, Any]:
        self.wait(DEADLINE_S)
        told: dict[str, Any] = json.loads(self.log.read_text().splitlines()[-1])
        return told


@contextlib.contextmanager
def replica(
    settings: KafkaSettings, folder: Path, name: str = "replica", pace: float = 0.02
) -> Iterator[Replica]:
    """A replica with ``settings``; killed at the end if it still runs."""
    asked = json.dumps({"kafka": settings.model_dump(mode="json"), "pace": pace})
    process = Replica(
        [sys.executable, "-m", "tests.bus.replica", asked],
        folder / f"{name}.log",
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'service'}"},
    )
    process.start()
    try:
        yield process
    finally:
        process.kill()


def _main(asked: dict[str, Any]) -> None:
    metrics = Metrics()
    service = StreamService(
        kafka=KafkaSettings.model_validate(asked["kafka"]),
        stream=StreamSettings(decode_workers=1, batch_max_frames=8),
        pictures=PictureLimits(),
        reader=PacedReader(asked["pace"]),
        metrics=metrics,
    )
    signal.signal(signal.SIGTERM, lambda *_: service.stop())
    result = service.run()

    def counted(name: str, **labels: str) -> float:
        return metrics.registry.get_sample_value(f"platestream_{name}", labels) or 0.0

    told = {
        "reason": result.reason.value,
        "error": type(result.error).__name__ if result.error else None,
        "message": str(result.error or ""),
        "lost": counted("rebalances_total", event="lost"),
        **{
            outcome: counted("transactions_total", outcome=outcome)
            for outcome in ("committed", "aborted", "fenced", "fatal")
        },
    }
    print(json.dumps(told), flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
