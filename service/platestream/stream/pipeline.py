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
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.frames import Frame
from platestream.stream.batching import MicroBatcher
from platestream.stream.budget import PixelBudget
from platestream.stream.inference import read_isolated
from platestream.stream.lanes import Lane, LaneQueue
from platestream.stream.outcome import FrameOutcome
from platestream.stream.reader import Reader, ReaderBrokenError
from platestream.stream.settings import StreamSettings
from platestream.stream.workers import WorkerPool
from platestream.telemetry.metrics import Metrics
from platestream.vision.picture.decode import decode_picture
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.settings import PictureLimits

if TYPE_CHECKING:
    from platestream.vision.arrays import UInt8Array

_CHANNELS: Final = 3
_log = structlog.get_logger(__name__)


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


class _Job:
    """A frame on its way."""

    __slots__ = ("decoded_at", "frame", "future", "lane", "picture", "pixel_bytes")

    def __init__(self, frame: Frame, lane: Lane) -> None:
        self.frame = frame
        self.lane = lane
        self.future: Future[FrameOutcome] = Future()
        self.picture: UInt8Array | None = None
        self.pixel_bytes = 0
        self.decoded_at = 0.0


class Pipeline:
    """Turns frames into outcomes, many at a time, in no particular order.

    Args:
        reader: Reads batches of pictures; called from one thread only.
        settings: Batches, pools, bounds.
        limits: What a picture may be.
        metrics: Where stages and batch sizes are counted.
        fetcher: For frames that come as a URL; without one they fail with AIS.0101.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        settings: StreamSettings,
        limits: PictureLimits,
        metrics: Metrics,
        fetcher: UrlFetcher | None = None,
    ) -> None:
        self._reader = reader
        self._model = reader.model
        self._settings = settings
        self._limits = limits
        self._metrics = metrics
        self._fetcher = fetcher
        self._pixels = PixelBudget(settings.max_decoded_bytes)
        self._decode_slots = threading.Semaphore(settings.decode_workers)
        share = settings.request_share
        self._decoding = WorkerPool(
            "decode", settings.decode_workers, self._decode_job, LaneQueue[_Job](share)
        )
        self._fetching = WorkerPool(
            "fetch", settings.fetch_workers, self._fetch_job, LaneQueue[_Job](share)
        )
        # Woken without a job: a frame that the inference thread may have waited for will not come.
        self._decoded: LaneQueue[_Job] = LaneQueue(share)
        self._places = {
            Lane.STREAM: settings.max_in_flight_frames,
            Lane.REQUEST: settings.max_in_flight_requests,
        }
        self._max_age = {
            Lane.STREAM: settings.batch_max_age_ms / 1000,
            Lane.REQUEST: settings.request_max_age_ms / 1000,
        }
        self._inference = threading.Thread(target=self._infer, name="inference", daemon=True)
        self._lock = threading.Lock()
        self._pending: set[Future[FrameOutcome]] = set()
        self._upstream = 0  # frames that were submitted and may still reach the inference thread
        self._accepting = False
        self._closing = False
        self._broken: ReaderBrokenError | None = None
        self._busy_since: float | None = None

    # -- for the owner --------------------------------------------------------------------------

    def start(self) -> None:
        """Warm the reader up, in this thread, and start the others."""
        self._reader.warm_up()
        self._decoding.start()
        if self._fetcher is not None:
            self._fetching.start()
        self._inference.start()
        self._accepting = True

    @property
    def warm(self) -> bool:
        """Whether frames are taken: the models are loaded and warm, and nothing is broken."""
        return self._accepting and self._broken is None

    @property
    def pending(self) -> int:
        """Frames that were submitted and have no outcome yet."""
        return len(self._pending)

    @property
    def stuck(self) -> bool:
        """Whether one batch has been in inference for longer than the settings allow."""
        since = self._busy_since
        return since is not None and (time.monotonic() - since > self._settings.stuck_after_seconds)

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
        job = _Job(frame, lane)
        with self._lock:
            if self._broken is not None:
                raise self._broken
            if not self._accepting:
                raise PipelineClosedError
            if self._places[lane] == 0:
                raise PipelineFullError
            self._places[lane] -= 1
            self._pending.add(job.future)
            self._upstream += 1
        job.future.add_done_callback(lambda future: self._forget(future, lane))
        if frame.url is not None and self._fetcher is not None:
            self._fetching.put(job, lane)
        else:
            self._decoding.put(job, lane)
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
            self._fetching.stop(0.0)  # bounded by the fetcher's own time-outs; daemons anyway
            self._decoded.wake()
            self._inference.join(max(0.0, deadline - time.monotonic()))
        return finished

    # -- fetch and decode -----------------------------------------------------------------------

    def _fetch_job(self, job: _Job) -> None:
        frame = job.frame
        if frame.url is None or self._fetcher is None or job.future.cancelled():
            self._leave(job)
            return
        try:
            with self._metrics.stage("fetch"):
                data = self._fetcher.fetch(frame.url)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this frame only
            self._fail(job, error, "fetch")
            return
        self._decode(job, data)

    def _decode_job(self, job: _Job) -> None:
        if job.frame.image is None:
            error = FrameError(ErrorCode.INVALID_PARAMETER, "Pictures by URL are not accepted.")
            self._fail(job, error, "decode")
            return
        self._decode(job, job.frame.image)

    def _decode(self, job: _Job, data: bytes) -> None:
        try:
            header = inspect_picture(data, self._limits)
            size = header.width * header.height * _CHANNELS
            if not self._pixels.take(size, lambda: self._closing or job.future.cancelled()):
                self._leave(job)
                return
            job.pixel_bytes = size
            with self._decode_slots, self._metrics.stage("decode"):
                job.picture = decode_picture(data, self._limits)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this frame only
            self._fail(job, error, "decode")
            return
        job.decoded_at = time.monotonic()
        with self._lock:
            self._upstream -= 1
        self._decoded.put(job, job.lane)

    def _fail(self, job: _Job, error: Exception, stage: str) -> None:
        if not isinstance(error, FrameError):
            _log.warning("frame_failed", stage=stage, error=type(error).__name__, exc_info=error)
            error = FrameError(ErrorCode.RECOGNITION_FAILED)
        if job.future.set_running_or_notify_cancel():
            job.future.set_result(FrameOutcome.failed(job.frame, error, self._model))
        self._leave(job)

    def _leave(self, job: _Job) -> None:
        """Let go of a job that will not reach the inference thread."""
        self._drop_pixels(job)
        with self._lock:
            self._upstream -= 1
        self._decoded.wake()

    def _drop_pixels(self, job: _Job) -> None:
        job.picture = None
        if job.pixel_bytes:
            self._pixels.give_back(job.pixel_bytes)
            job.pixel_bytes = 0

    def _forget(self, future: Future[FrameOutcome], lane: Lane) -> None:
        with self._lock:
            self._pending.discard(future)
            self._places[lane] += 1
        if future.cancelled():
            self._pixels.wake()

    # -- inference ------------------------------------------------------------------------------

    def _infer(self) -> None:
        batch: MicroBatcher[_Job] = MicroBatcher(self._settings.batch_max_frames)
        while not (self._closing and not self._pending):
            self._gather(batch)
            jobs = batch.take()
            if jobs:
                self._run_batch(jobs)
            # Held until the next batch came, the last one's messages would stay in memory.
            del jobs

    def _gather(self, batch: MicroBatcher[_Job]) -> None:
        """Fill ``batch`` until it is due, or until no further frame is on its way."""
        while not batch.due(time.monotonic()):
            remaining = batch.remaining(time.monotonic())
            # A frame leaves the count of those upstream just before it is put. Seen in between, it
            # misses this batch; the other way round, this batch could wait for nobody.
            idle = bool(len(batch)) and self._upstream == 0
            timeout = None if remaining == float("inf") else remaining
            job = self._decoded.get(0 if idle else timeout)
            if job is not None:
                batch.add(job, time.monotonic(), self._max_age[job.lane])
            elif idle or (self._closing and not self._pending):
                return

    def _run_batch(self, jobs: list[_Job]) -> None:
        claimed = [job for job in jobs if self._claim(job)]
        try:
            if claimed:
                self._read(claimed)
        finally:
            for job in jobs:
                self._drop_pixels(job)

    def _claim(self, job: _Job) -> bool:
        """Whether ``job`` is still wanted; from here on it cannot be cancelled."""
        self._metrics.stage_seconds.labels("queue").observe(time.monotonic() - job.decoded_at)
        return job.future.set_running_or_notify_cancel()

    def _read(self, jobs: list[_Job]) -> None:
        if self._broken is None:
            self._metrics.batch_frames.observe(len(jobs))
            self._busy_since = time.monotonic()
            try:
                answers = read_isolated(
                    self._reader, [job.picture for job in jobs if job.picture is not None]
                )
            except ReaderBrokenError as error:
                _log.exception("reader_broken", error=str(error))
                with self._lock:
                    self._broken = error
            finally:
                self._busy_since = None
        if self._broken is not None:
            for job in jobs:
                job.future.set_exception(self._broken)
            return
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, FrameError):
                outcome = FrameOutcome.failed(job.frame, answer, self._model)
            else:
                outcome = FrameOutcome.read(job.frame, tuple(answer), self._model)
            job.future.set_result(outcome)
