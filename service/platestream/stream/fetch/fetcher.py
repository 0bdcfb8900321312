"""The fetcher: target, concurrency, retries, counters."""

import threading
from typing import Final, Self

import httpcore
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_any,
    wait_exponential,
    wait_random,
)
from tenacity.stop import stop_base

from platestream.stream.fetch.deadlines import Deadline
from platestream.stream.fetch.errors import FetchError, FetchFailure
from platestream.stream.fetch.http_source import HttpSource
from platestream.stream.fetch.object_source import ObjectSource
from platestream.stream.fetch.resolver import Resolver, SystemResolver
from platestream.stream.fetch.settings import FetchSettings
from platestream.stream.fetch.urls import ObjectTarget, WebTarget, parse_target
from platestream.telemetry.metrics import Metrics

_OK: Final = "ok"


class GuardedFetcher:
    """Fetches the pictures of frames given by URL. Safe to use from several threads.

    Args:
        settings: What may be reached, how much may be taken, how long may be tried.
        metrics: Where fetches and retries are counted. The ``fetch`` stage is timed by the caller.
        resolver: Turns names into addresses; by default the operating system.
        backend: Opens sockets to checked addresses; by default the operating system.

    Raises:
        RuntimeError: Stores are configured and the object-store library is not installed.
        ValueError: A store cannot be set up, or one of its secrets is missing.
        OSError: ``ca_file`` cannot be read.
    """

    def __init__(
        self,
        settings: FetchSettings,
        metrics: Metrics,
        *,
        resolver: Resolver | None = None,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._closed = threading.Event()
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._objects = ObjectSource(settings)
        self._resolver = resolver or SystemResolver(settings.concurrency)
        self._http = HttpSource(settings, self._resolver, backend or httpcore.SyncBackend())
        # As much jitter as the first pause: replicas that failed together come back apart.
        self._backoff = wait_exponential(
            multiplier=settings.backoff_initial_s, max=settings.backoff_max_s
        ) + wait_random(0, settings.backoff_initial_s)

    def fetch(self, url: str) -> bytes:
        """The bytes that ``url`` leads to, not yet checked to be a picture.

        Blocks for at most ``total_timeout_s``.

        Raises:
            FetchError: A ``FrameError`` with the documented code; ``transient`` says whether the
                frame is not at fault, so that a later try may work.
        """
        try:
            data = self._fetch(url)
        except FetchError as error:
            self._metrics.fetches.labels(error.failure.label).inc()
            raise
        self._metrics.fetches.labels(_OK).inc()
        return data

    def close(self) -> None:
        """Stop: later fetches fail with ``CLOSED``, those under way with a transient failure."""
        self._closed.set()
        self._http.close()
        self._objects.close()
        self._resolver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetch(self, url: str) -> bytes:
        if not self._settings.enabled:
            raise FetchError(FetchFailure.DISABLED)
        target = parse_target(url, self._settings)
        deadline = Deadline.after(self._settings.total_timeout_s)

        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            wait=self._pause,
            stop=stop_any(
                stop_after_attempt(self._settings.max_attempts), _OutOfTime(deadline, self._closed)
            ),
            sleep=self._rest,
            before_sleep=lambda _: self._metrics.fetch_retries.inc(),
            reraise=True,
        )
        return retrying(self._attempt, target, deadline)

    def _attempt(self, target: WebTarget | ObjectTarget, deadline: Deadline) -> bytes:
        # The slot is held by an attempt, not by a pause: a host that is away blocks no other.
        if not self._slots.acquire(timeout=deadline.cut(None)):
            raise FetchError(FetchFailure.BUSY)
        try:
            if self._closed.is_set():
                raise FetchError(FetchFailure.CLOSED)
            if isinstance(target, ObjectTarget):
                return self._objects.get(target, deadline)
            return self._http.get(target, deadline)
        finally:
            self._slots.release()

    def _rest(self, seconds: float) -> None:
        self._closed.wait(seconds)  # a pause that close() ends

    def _pause(self, state: RetryCallState) -> float:
        pause = self._backoff(state)
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.retry_after_s if isinstance(error, FetchError) else None
        return pause if asked is None else max(pause, asked)


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, FetchError) and error.transient


class _OutOfTime(stop_base):
    """Stops retrying where the next pause would outlast the deadline, or the fetcher is closed."""

    def __init__(self, deadline: Deadline, closed: threading.Event) -> None:
        self._deadline = deadline
        self._closed = closed

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._closed.is_set() or retry_state.upcoming_sleep >= self._deadline.left
