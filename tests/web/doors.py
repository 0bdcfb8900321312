"""An HTTP door with the real pipeline and a reader of known answers."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from numpy.typing import NDArray

from platestream.contract.frames import Frame
from platestream.contract.limits import DEFAULT_LIMITS
from platestream.contract.readings import ModelRef, PlateColor, PlateReading
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline, UrlFetcher
from platestream.stream.settings import StreamSettings
from platestream.telemetry.health import Health
from platestream.telemetry.metrics import Metrics
from platestream.vision.settings import PictureLimits
from platestream.web.app import build_app, parser_threads
from platestream.web.authentication import Authenticator
from platestream.web.credentials import CredentialStore
from platestream.web.recognition import Recognition
from platestream.web.server import WebServer
from platestream.web.settings import WebSettings

READING = PlateReading(
    plate_number="皖A12345",
    plate_color=PlateColor.BLUE,
    plate_location=((1, 2), (30, 2), (30, 12), (1, 12)),
    confidence=0.98765,
    rows=1,
    char_confidences=(0.99,) * 7,
    detection_score=0.9,
)


@dataclass
class KnownReader:
    """Sees one plate in every picture that is not black all over."""

    model: ModelRef = field(default_factory=lambda: ModelRef("known", "1"))

    def warm_up(self) -> None:
        """Nothing is cold."""

    def read(self, pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[PlateReading, ...]]:
        """Answer each picture."""
        return [(READING,) if picture.any() else () for picture in pictures]


@dataclass(frozen=True)
class Door:
    """A running door and what is behind it."""

    client: httpx.Client
    metrics: Metrics
    url: str
    frames: list[Frame]


@contextmanager
def open_door(
    settings: WebSettings,
    *,
    credentials: Path | None = None,
    fetcher: UrlFetcher | None = None,
    reader: KnownReader | None = None,
) -> Iterator[Door]:
    """Serve on a free loopback port for the time of the block."""
    metrics = Metrics()
    frames: list[Frame] = []
    pipeline = Pipeline(
        reader or KnownReader(),
        settings=StreamSettings(decode_workers=2),
        limits=PictureLimits(),
        metrics=metrics,
        fetcher=fetcher,
    )
    pipeline.start()

    def submit(frame: Frame) -> Future[FrameOutcome]:
        frames.append(frame)
        return pipeline.submit(frame)

    store = CredentialStore(credentials) if credentials is not None else None
    with parser_threads() as parsers:
        recognition = Recognition(
            submit,
            authenticator=Authenticator(store),
            settings=settings,
            limits=DEFAULT_LIMITS,
            parsers=parsers,
        )
        app = build_app(recognition, metrics=metrics, health=Health())
        with (
            WebServer(app, settings) as server,
            httpx.Client(
                base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=30
            ) as client,
        ):
            yield Door(client, metrics, str(client.base_url), frames)
    pipeline.close(5)
