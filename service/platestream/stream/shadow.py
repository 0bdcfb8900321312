"""A second bundle that reads a sample of the pictures beside the active one, and how they agree.

Its readings go nowhere: what leaves the process of them are counts.
"""

import queue
import threading
import zlib
from collections.abc import Sequence
from typing import Final

import structlog

from platestream.contract.readings import ModelRef, PlateReading
from platestream.stream.agreement import compare
from platestream.stream.reader import PictureReader, Reader, labels_of
from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture

_log = structlog.get_logger(__name__)

_RANGE: Final = 1 << 32

_Work = tuple[Picture | UInt8Array, CameraSettings | None, tuple[PlateReading, ...]]


def in_sample(picture: Picture | UInt8Array, share: float) -> bool:
    """Whether a picture is in a sample of this share: the same on every replica, at every reading.

    Args:
        picture: The picture, or its pixels, uint8 ``[H, W, 3]``.
        share: 0 to 1.
    """
    whole = picture if isinstance(picture, Picture) else Picture.of(picture)
    return zlib.crc32(whole.identity()) < share * _RANGE


class Shadow:
    """Reads pictures again, in a thread of its own, one at a time.

    A picture that comes while one is read and one waits is dropped and counted, so the active
    bundle waits for nothing but its share of the processor.

    Args:
        reader: Of the shadow bundle.
        sample: Share of the pictures, 0 to 1.
        metrics: Where agreement is counted.
    """

    def __init__(self, reader: Reader, sample: float, metrics: Metrics) -> None:
        self._reader = reader
        self._sample = sample
        self._metrics = metrics
        self._work: queue.Queue[_Work | None] = queue.Queue(maxsize=1)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)

    def start(self) -> None:
        """Warm the reader up and begin, in the shadow's thread."""
        model = self._reader.model
        self._metrics.shadow_info.labels(*labels_of(self._reader)).set(1)
        _log.info("shadow_started", model=str(model), sample=self._sample)
        self._thread.start()

    def beside(self, reader: PictureReader) -> "ShadowedReader":
        """``reader``, whose pictures are offered to this shadow."""
        return ShadowedReader(reader, self)

    def close(self) -> None:
        """Read nothing more; what is being read is not waited for."""
        self._stopped = True
        try:
            self._work.put_nowait(None)
        except queue.Full:
            return

    def offer(
        self,
        picture: Picture | UInt8Array,
        camera: CameraSettings | None,
        plates: tuple[PlateReading, ...],
    ) -> None:
        """Take a picture that was read, if it is in the sample and there is time. Does not block.

        Args:
            picture: The picture, not to be changed any more.
            camera: The settings of its camera.
            plates: What the active bundle read.
        """
        if self._stopped or not in_sample(picture, self._sample):
            return
        try:
            self._work.put_nowait((picture, camera, plates))
        except queue.Full:
            self._metrics.shadow_frames.labels("dropped").inc()

    def _run(self) -> None:
        try:
            self._reader.warm_up()
        except Exception as error:  # noqa: BLE001 - the shadow must not end the service
            _log.warning("shadow_failed", error=type(error).__name__)
        while (work := self._work.get()) is not None and not self._stopped:
            self._compare(*work)
            # Held until the next one came, the last picture would stay in memory.
            del work

    def _compare(
        self,
        picture: Picture | UInt8Array,
        camera: CameraSettings | None,
        plates: tuple[PlateReading, ...],
    ) -> None:
        try:
            (own,) = self._reader.read([picture], [camera])
        except Exception as error:  # noqa: BLE001 - counted; the shadow must not end the service
            self._metrics.shadow_frames.labels("failed").inc()
            # No text of the error: it could tell what is in the picture.
            _log.warning("shadow_failed", error=type(error).__name__)
            return
        self._metrics.shadow_frames.labels("compared").inc()
        found = compare(plates, own)
        counts = {
            "same_text": found.same_text,
            "other_text": len(found.both) - found.same_text,
            "only_active": len(found.only_active),
            "only_shadow": len(found.only_shadow),
        }
        for agreement, count in counts.items():
            self._metrics.shadow_plates.labels(agreement).inc(count)
        for active, other in found.both:
            self._metrics.shadow_confidence_difference.observe(other.confidence - active.confidence)


class ShadowedReader:
    """A reader whose pictures a shadow is offered after they are read.

    Args:
        reader: The active one.
        shadow: The shadow.
    """

    def __init__(self, reader: PictureReader, shadow: Shadow) -> None:
        self._reader = reader
        self._shadow = shadow

    @property
    def model(self) -> ModelRef:
        """Which bundle is active."""
        return self._reader.model

    @property
    def provider(self) -> str:
        """Which execution provider runs the active models."""
        return self._reader.provider

    @property
    def precision(self) -> str:
        """What the active models compute in."""
        return self._reader.precision

    def warm_up(self) -> None:
        """Run the active models once."""
        self._reader.warm_up()

    def prepare(self, picture: Picture) -> None:
        """Decode what the active bundle's first look at a picture needs."""
        self._reader.prepare(picture)

    def read(
        self,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        """Read whole pictures with the active bundle."""
        answers = self._reader.read(pictures, cameras)
        given = cameras if cameras is not None else [None] * len(pictures)
        for picture, camera, plates in zip(pictures, given, answers, strict=True):
            self._shadow.offer(picture, camera, plates)
        return answers

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Read cut-out plates with the active bundle; a shadow reads whole pictures only."""
        return self._reader.read_crops(pictures)
