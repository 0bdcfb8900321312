"""The service in a thread of the test's process."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.service import RunResult, StreamService
from platestream.contract.avro import SchemaStore
from platestream.stream.cameras import CameraBook
from platestream.stream.pipeline import UrlFetcher
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.settings import PictureLimits
from tests.stream.fakes import FakeReader
from tests.stream.waiting import DEADLINE_S, wait_until

if TYPE_CHECKING:
    from platestream.telemetry.labels import CameraSource


class RunningService:
    """A service in a thread for as long as the block lasts; aborted at its end if it still runs."""

    def __init__(
        self,
        stream: StreamSettings,
        kafka: KafkaSettings,
        reader: FakeReader,
        *,
        fetcher: UrlFetcher | None = None,
        store: SchemaStore | None = None,
        cameras: Mapping[str, CameraSettings] | None = None,
    ) -> None:
        self.metrics = Metrics()
        self.reader = reader
        self.result: RunResult | None = None
        awaited: list[CameraSource] = ["topic"] if kafka.topics.cameras else []
        self.cameras = CameraBook(cameras or {}, self.metrics, awaited)
        self.service = StreamService(
            kafka=kafka,
            stream=stream,
            pictures=PictureLimits(),
            reader=reader,
            metrics=self.metrics,
            fetcher=fetcher,
            store=store,
            cameras=self.cameras,
        )
        self.thread = threading.Thread(target=self._run, name="service", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.service.stop()
        self.service.stop()
        self.reader.gate.set()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive(), "the service did not end"

    def _run(self) -> None:
        self.result = self.service.run()

    def value(self, name: str, **labels: str) -> float:
        """The value of a metric; 0 while it has none."""
        return self.metrics.registry.get_sample_value(f"platestream_{name}", labels) or 0.0

    def wait_ready(self) -> None:
        wait_until(lambda: self.service.ready().ok, "readiness")

    def wait_assigned(self, partitions: int) -> None:
        wait_until(
            lambda: self.value("assigned_partitions") == partitions, f"{partitions} partitions"
        )

    def stop(self) -> RunResult:
        self.service.stop()
        return self.wait_ended()

    def wait_ended(self) -> RunResult:
        wait_until(lambda: self.result is not None, "the end of the service")
        self.thread.join(DEADLINE_S)
        assert self.result is not None
        return self.result
