"""An HTTP interface with the real pipeline and a reader of known answers."""

import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import trustme

from platestream.contract.frames import Frame
from platestream.contract.readings import ModelRef, PlateColor, PlateReading
from platestream.stream.lanes import Lane
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline, UrlFetcher
from platestream.stream.reader import Reader
from platestream.stream.settings import StreamSettings
from platestream.telemetry.health import Health
from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.picture import Picture, pixels_of
from platestream.vision.settings import PictureLimits
from platestream.web.interface import HttpInterface
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
    provider: str = "fake"
    precision: str = "float32"

    def warm_up(self) -> None:
        """Nothing is cold."""

    def prepare(self, picture: Picture) -> None:
        """Decode everything."""
        picture.at(1)

    def read(
        self, pictures: Sequence[Picture | UInt8Array], _cameras: object = None
    ) -> list[tuple[PlateReading, ...]]:
        """Answer each picture."""
        return [(READING,) if pixels_of(picture).any() else () for picture in pictures]


def certified(folder: Path) -> tuple[Path, Path, trustme.CA]:
    """A certificate for 127.0.0.1 and its key, as files, and who issued it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    chain, key = folder / "chain.pem", folder / "key.pem"
    issued.cert_chain_pems[0].write_to_path(str(chain))
    issued.private_key_pem.write_to_path(str(key))
    return chain, key, authority


@dataclass(frozen=True)
class Interface:
    """A running interface and what is behind it."""

    client: httpx.Client
    metrics: Metrics
    url: str
    frames: list[Frame]
    http: HttpInterface
    pipeline: Pipeline


@contextmanager
def open_interface(
    settings: WebSettings,
    *,
    fetcher: UrlFetcher | None = None,
    reader: Reader | None = None,
    verify: ssl.SSLContext | bool = True,
) -> Iterator[Interface]:
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
        return pipeline.submit(frame, Lane.REQUEST)

    try:
        http = HttpInterface(
            submit, settings=settings, metrics=metrics, health=Health(), pictures=PictureLimits()
        )
        with (
            http,
            httpx.Client(base_url=http.url, trust_env=False, timeout=30, verify=verify) as client,
        ):
            yield Interface(client, metrics, http.url, frames, http, pipeline)
    finally:
        pipeline.close(5)
