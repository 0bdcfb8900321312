"""The stage before inference: pictures are fetched and decoded, in a pool of threads each."""

import threading
import time
from collections.abc import Callable

import structlog

from platestream.contract.errors import ErrorCode, FrameError
from platestream.stream.budget import PixelBudget
from platestream.stream.inference_thread import InferenceThread
from platestream.stream.job import Job
from platestream.stream.lanes import LaneQueue
from platestream.stream.outcome import FrameOutcome
from platestream.stream.settings import StreamSettings
from platestream.stream.workers import WorkerPool
from platestream.telemetry.metrics import Metrics
from platestream.telemetry.tracing import stage_of
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.picture.picture import Picture
from platestream.vision.settings import PictureLimits

_log = structlog.get_logger(__name__)


class DecodeStage:
    """Gives every frame its pixels and passes it on, or gives it its failure and calls it off.

    Args:
        inference: Where frames go; it expects every one that is put here.
        settings: Pools and lanes.
        limits: What a picture may be.
        metrics: Where stages are counted.
        pixels: What decoded pixels are taken from.
        fetch: Gives the bytes behind a URL; None refuses frames that come as one.
        closing: Whether frames are given up; ``pixels.wake()`` makes waiters ask it.
    """

    def __init__(
        self,
        inference: InferenceThread,
        *,
        settings: StreamSettings,
        limits: PictureLimits,
        metrics: Metrics,
        pixels: PixelBudget,
        fetch: Callable[[str], bytes] | None,
        closing: Callable[[], bool],
    ) -> None:
        self._inference = inference
        self._limits = limits
        self._metrics = metrics
        self._pixels = pixels
        self._fetch = fetch
        self._closing = closing
        self._decode_slots = threading.Semaphore(settings.decode_workers)
        share = settings.request_share
        self._decoding = WorkerPool(
            "decode", settings.decode_workers, self._decode_job, LaneQueue[Job](share)
        )
        self._fetching = WorkerPool(
            "fetch", settings.fetch_workers, self._fetch_job, LaneQueue[Job](share)
        )

    def start(self) -> None:
        """Start the threads."""
        self._decoding.start()
        if self._fetch is not None:
            self._fetching.start()

    def put(self, job: Job) -> None:
        """Queue a frame that inference expects."""
        if job.frame.url is not None and self._fetch is not None:
            self._fetching.put(job, job.lane)
        else:
            self._decoding.put(job, job.lane)

    def stop(self, timeout: float) -> None:
        """Let the threads finish what is queued and end, within ``timeout`` seconds."""
        self._decoding.stop(timeout)
        self._fetching.stop(0.0)  # bounded by the fetcher's own time-outs; daemons anyway

    def _fetch_job(self, job: Job) -> None:
        frame = job.frame
        if frame.url is None or self._fetch is None or job.future.cancelled():
            self._leave(job)
            return
        try:
            with self._metrics.stage("fetch"), stage_of(frame.trace, "fetch"):
                data = self._fetch(frame.url)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this frame only
            self._fail(job, error, "fetch")
            return
        self._decode(job, data)

    def _decode_job(self, job: Job) -> None:
        if job.frame.image is None:
            error = FrameError(ErrorCode.INVALID_PARAMETER, "Pictures by URL are not accepted.")
            self._fail(job, error, "decode")
            return
        self._decode(job, job.frame.image)

    def _decode(self, job: Job, data: bytes) -> None:
        try:
            header = inspect_picture(data, self._limits)
            picture = Picture.encoded(data, self._limits, header)
            # A fetched picture's bytes are nobody else's: they stay until it has been read.
            size = picture.most_bytes + (len(data) if job.frame.image is None else 0)
            if not self._pixels.take(size, lambda: self._closing() or job.future.cancelled()):
                self._leave(job)
                return
            job.pixel_bytes = size
            trace = job.frame.trace
            with self._decode_slots, self._metrics.stage("decode"), stage_of(trace, "decode"):
                job.reader.prepare(picture)
            job.picture = picture
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this frame only
            self._fail(job, error, "decode")
            return
        job.decoded_at = time.monotonic()
        self._inference.put(job)

    def _fail(self, job: Job, error: Exception, stage: str) -> None:
        if not isinstance(error, FrameError):
            _log.warning("frame_failed", stage=stage, error=type(error).__name__, exc_info=error)
            error = FrameError(ErrorCode.RECOGNITION_FAILED)
        if job.future.set_running_or_notify_cancel():
            job.future.set_result(FrameOutcome.failed(job.frame, error, job.reader.model))
        self._leave(job)

    def _leave(self, job: Job) -> None:
        """Let go of a job that will not reach the inference thread."""
        job.drop_pixels(self._pixels)
        self._inference.call_off()
