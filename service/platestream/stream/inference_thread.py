"""The inference thread: gathers decoded frames into micro-batches and reads them."""

import threading
import time
from collections.abc import Callable

import structlog

from platestream.contract.errors import FrameError
from platestream.stream.batching import MicroBatcher
from platestream.stream.budget import PixelBudget
from platestream.stream.job import Job
from platestream.stream.lanes import Lane, LaneQueue
from platestream.stream.outcome import FrameOutcome
from platestream.stream.reader import Reader, ReaderBrokenError
from platestream.stream.readers import Readers
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.telemetry.tracing import batch_of

_log = structlog.get_logger(__name__)


class InferenceThread:
    """Owns the readers from :meth:`start` on; gives every frame that is put its outcome.

    A frame is announced with :meth:`expect` while it is still upstream, in fetching or decoding.
    Then it comes with :meth:`put` or it does not, with :meth:`call_off`. A batch waits for frames
    that are expected, up to its age limit, and for no others.

    Args:
        readers: Read batches of pictures; called from this thread only.
        settings: Batches and lanes.
        metrics: Where waits and batch sizes are counted.
        pixels: What a frame's pixels are given back to after its batch.
        finished: Whether no frame will come any more, so that the thread may end. Asked between
            batches and when woken.
    """

    def __init__(
        self,
        readers: Readers,
        *,
        settings: StreamSettings,
        metrics: Metrics,
        pixels: PixelBudget,
        finished: Callable[[], bool],
    ) -> None:
        self._readers = readers
        self._settings = settings
        self._metrics = metrics
        self._pixels = pixels
        self._finished = finished
        self._max_age = {
            Lane.STREAM: settings.batch_max_age_ms / 1000,
            Lane.REQUEST: settings.request_max_age_ms / 1000,
        }
        # Woken without a job: a frame that the thread may have waited for will not come.
        self._decoded: LaneQueue[Job] = LaneQueue(settings.request_share)
        self._thread = threading.Thread(target=self._infer, name="inference", daemon=True)
        self._lock = threading.Lock()
        self._upstream = 0  # frames that are expected and may still come
        self._broken: ReaderBrokenError | None = None
        self._busy_since: float | None = None

    # -- for other threads ----------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Wait, up to ``timeout`` seconds, for the thread to end, which it does when finished."""
        self._decoded.wake()
        self._thread.join(timeout)

    @property
    def broken(self) -> ReaderBrokenError | None:
        """Why the reader is beyond help, once it is; frames that come then get it, too."""
        return self._broken

    @property
    def stuck(self) -> bool:
        """Whether one batch has been in inference for longer than the settings allow."""
        since = self._busy_since
        return since is not None and (time.monotonic() - since > self._settings.stuck_after_seconds)

    def expect(self) -> None:
        """Count a frame that is on its way here."""
        with self._lock:
            self._upstream += 1

    def put(self, job: Job) -> None:
        """Queue an expected frame with its pixels. Unbounded: whoever expects keeps count."""
        # In this order, see _gather.
        self._arrive()
        self._decoded.put(job, job.lane)

    def call_off(self) -> None:
        """Say that an expected frame will not come."""
        self._arrive()
        self._decoded.wake()

    def _arrive(self) -> None:
        with self._lock:
            self._upstream -= 1

    # -- in the thread --------------------------------------------------------------------------

    def _infer(self) -> None:
        batch: MicroBatcher[Job] = MicroBatcher(self._settings.batch_max_frames)
        while not self._finished():
            self._gather(batch)
            jobs = batch.take()
            if jobs:
                self._run_batch(jobs)
            # Held until the next batch came, the last one's messages would stay in memory.
            del jobs

    def _gather(self, batch: MicroBatcher[Job]) -> None:
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
            elif idle or self._finished():
                return

    def _run_batch(self, jobs: list[Job]) -> None:
        claimed = [job for job in jobs if self._claim(job)]
        try:
            # Frames keep the reader that they came under, so one batch may be for two.
            for reader in {id(job.reader): job.reader for job in claimed}.values():
                self._read(reader, [job for job in claimed if job.reader is reader])
        finally:
            for job in jobs:
                job.drop_pixels(self._pixels)

    def _claim(self, job: Job) -> bool:
        """Whether ``job`` is still wanted; from here on it cannot be cancelled."""
        waited = time.monotonic() - job.decoded_at
        self._metrics.stage_seconds.labels("queue").observe(waited)
        if job.frame.trace is not None:
            job.frame.trace.waited("queue", waited)
        return job.future.set_running_or_notify_cancel()

    def _read(self, reader: Reader, jobs: list[Job]) -> None:
        if self._broken is None:
            self._metrics.batch_frames.observe(len(jobs))
            self._busy_since = time.monotonic()
            try:
                pairs = [(job.picture, job.camera) for job in jobs if job.picture is not None]
                pictures, cameras = zip(*pairs, strict=True)
                traces = [job.frame.trace for job in jobs if job.frame.trace is not None]
                with batch_of(traces, len(jobs)):
                    answers, reader = self._readers.read(reader, pictures, cameras)
            except ReaderBrokenError as error:
                _log.exception("reader_broken", error=str(error))
                self._broken = error
            finally:
                self._busy_since = None
        if self._broken is not None:
            for job in jobs:
                job.future.set_exception(self._broken)
            return
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, FrameError):
                outcome = FrameOutcome.failed(job.frame, answer, reader.model)
            else:
                outcome = FrameOutcome.read(job.frame, tuple(answer), reader.model)
            job.future.set_result(outcome)
