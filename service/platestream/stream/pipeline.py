"""Frames to outcomes: fetch, decode in a pool, micro-batches, one inference thread.

Every queue here is bounded by ``StreamSettings.max_in_flight_frames`` and
``max_in_flight_requests`` (``submit`` refuses more), decoded pixels by
:class:`~platestream.stream.budget.PixelBudget`, and fetched bytes by the number of fetching
threads: the thread that fetched a picture decodes it itself before it takes the next.
"""

import threading
import time
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from typing import Protocol

from platestream.contract.frames import Frame
from platestream.contract.readings import ModelRef
from platestream.stream.budget import PixelBudget
from platestream.stream.cameras import CameraBook
from platestream.stream.decoding import DecodeStage
from platestream.stream.inference_thread import InferenceThread
from platestream.stream.job import Job
from platestream.stream.lanes import Lane
from platestream.stream.outcome import FrameOutcome
from platestream.stream.reader import Reader
from platestream.stream.readers import Readers
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.settings import PictureLimits


class PipelineFullError(Exception):
    """As many frames as allowed are already on their way; submit again when some are done."""


class PipelineClosedError(Exception):
    """The pipeline was not started, or is closed."""


class UrlFetcher(Protocol):
    """Fetches a picture; ``stream.fetch`` has the guarded ones."""

    def fetch(self, url: str) -> bytes:
        """The bytes behind ``url``.

        Raises:
            FrameError: If they cannot or must not be fetched.
        """
        ...


class Pipeline:
    """Turns frames into outcomes, many at a time, in no particular order.

    Args:
        reader: Reads batches of pictures; called from one thread only. Others may take its place:
            ``readers``.
        settings: Batches, pools, bounds.
        limits: What a picture may be.
        metrics: Where stages and batch sizes are counted.
        fetcher: For frames that come as a URL; without one they fail with AIS.0101.
        cameras: The settings of each frame's camera, of frames of the stream. A frame is read with
            those that are in force when it is submitted, so that where they change lies between
            two frames of a partition, whatever order they are decoded in.
        keep_pictures: See :class:`~platestream.stream.readers.Readers`.

    Attributes:
        readers: Which reader is in force.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        settings: StreamSettings,
        limits: PictureLimits,
        metrics: Metrics,
        fetcher: UrlFetcher | None = None,
        cameras: CameraBook | None = None,
        keep_pictures: bool = False,
    ) -> None:
        self.readers = Readers(reader, metrics, keep_pictures=keep_pictures)
        self._cameras = cameras
        self._pixels = PixelBudget(settings.max_decoded_bytes)
        self._inference = InferenceThread(
            self.readers,
            settings=settings,
            metrics=metrics,
            pixels=self._pixels,
            finished=lambda: self._closing and not self._pending,
        )
        self._decoding = DecodeStage(
            self._inference,
            settings=settings,
            limits=limits,
            metrics=metrics,
            pixels=self._pixels,
            fetch=fetcher.fetch if fetcher is not None else None,
            closing=lambda: self._closing,
        )
        self._places = {
            Lane.STREAM: settings.max_in_flight_frames,
            Lane.REQUEST: settings.max_in_flight_requests,
        }
        self._lock = threading.Lock()
        self._pending: set[Future[FrameOutcome]] = set()
        self._accepting = False
        self._closing = False

    def start(self) -> None:
        """Warm the reader up, in this thread, and start the others."""
        self.readers.current.warm_up()
        self._decoding.start()
        self._inference.start()
        self._accepting = True

    @property
    def warm(self) -> bool:
        """Whether frames are taken: the models are loaded and warm, and nothing is broken."""
        return self._accepting and self._inference.broken is None

    @property
    def model(self) -> ModelRef:
        """The bundle that frames are read with from now on."""
        return self.readers.current.model

    @property
    def pending(self) -> int:
        """Frames that were submitted and have no outcome yet."""
        return len(self._pending)

    @property
    def stuck(self) -> bool:
        """Whether one batch has been in inference for longer than the settings allow."""
        return self._inference.stuck

    def submit(self, frame: Frame, lane: Lane = Lane.STREAM) -> Future[FrameOutcome]:
        """Take ``frame`` in.

        Args:
            frame: The frame.
            lane: Whose it is; each lane has places, an age limit and a share of its own.

        Returns:
            A future of its outcome; bad pictures are outcomes, too. It gets an exception only when
            the reader is broken. When cancelled, the frame is skipped at its next stage.

        Raises:
            PipelineFullError: If all of the lane's places are taken.
            PipelineClosedError: If the pipeline is not running.
            ReaderBrokenError: If the reader is broken.
        """
        # A request names a project, and no camera.
        by_camera = self._cameras if lane is Lane.STREAM else None
        camera = by_camera.of(frame.camera_id) if by_camera is not None else None
        job = Job(frame, lane, self.readers.current, camera)
        with self._lock:
            if (broken := self._inference.broken) is not None:
                raise broken
            if not self._accepting:
                raise PipelineClosedError
            if self._places[lane] == 0:
                raise PipelineFullError
            self._places[lane] -= 1
            self._pending.add(job.future)
            self._inference.expect()
        job.future.add_done_callback(lambda future: self._forget(future, lane))
        self._decoding.put(job)
        return job.future

    def close(self, timeout: float) -> bool:
        """Take no more frames, wait for those on their way, cancel the rest and stop the threads.

        Returns:
            Whether every frame had its outcome within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            was_running, self._accepting = self._accepting, False
            pending = list(self._pending)
        finished = not wait_for(pending, timeout).not_done
        self._closing = True
        for future in pending:
            future.cancel()
        self._pixels.wake()
        if was_running:
            self._decoding.stop(max(0.0, deadline - time.monotonic()))
            self._inference.stop(max(0.0, deadline - time.monotonic()))
        return finished

    def _forget(self, future: Future[FrameOutcome], lane: Lane) -> None:
        with self._lock:
            self._pending.discard(future)
            self._places[lane] += 1
        if future.cancelled():
            self._pixels.wake()
