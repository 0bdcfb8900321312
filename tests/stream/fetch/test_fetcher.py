"""Time, retries, concurrency and closing."""

import copy
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.stream.fetch import FetchError, FetchFailure, GuardedFetcher
from platestream.stream.fetch.resolver import SystemResolver
from platestream.telemetry.metrics import Metrics
from tests.stream.fetch.conftest import (
    Handler,
    MakeFetcher,
    Route,
    TableResolver,
    WebServer,
    failure_of,
)


def statuses(*codes: int, **headers: str) -> Route:
    """Answers with one code after the other; 200 carries the picture."""
    left = list(codes)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.answer(left.pop(0), b"picture", named)


def drip(handler: Handler) -> None:
    """A byte every hundredth of a second, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.stopping.wait(0.01):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip_bytes = iter(lambda: handler.server.stopping.wait(0.01), True)
    for _ in drip_bytes:
        handler.wfile.write(b"x")
        handler.wfile.flush()


def silent(handler: Handler) -> None:
    handler.server.stopping.wait(30)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_a_host_in_trouble_is_asked_again(
    code: int, local: MakeFetcher, web: WebServer, metrics: Metrics
) -> None:
    web.routes["/a"] = statuses(code, code, 200)
    assert local().fetch(f"{web.url}/a") == b"picture"
    assert len(web.requests) == 3
    assert metrics.fetch_retries._value.get() == 2
    assert metrics.fetches.labels("ok")._value.get() == 1


def test_attempts_are_bounded(local: MakeFetcher, web: WebServer, metrics: Metrics) -> None:
    web.routes["/a"] = statuses(*[503] * 9)
    error = failure_of(local(max_attempts=4), f"{web.url}/a")
    assert (error.failure.label, error.transient) == ("server", True)
    assert error.code is ErrorCode.URL_FETCH_FAILED
    assert len(web.requests) == 4
    assert metrics.fetches.labels("server")._value.get() == 1


def test_retry_after_is_heeded_within_the_budget(local: MakeFetcher, web: WebServer) -> None:
    web.routes["/a"] = statuses(429, 200, Retry_After="1")
    start = time.monotonic()
    assert local().fetch(f"{web.url}/a") == b"picture"
    assert time.monotonic() - start >= 1


def test_retry_after_beyond_the_budget_fails_at_once(local: MakeFetcher, web: WebServer) -> None:
    web.routes["/a"] = statuses(503, 200, Retry_After="3600")
    start = time.monotonic()
    error = failure_of(local(total_timeout_s=15), f"{web.url}/a")
    assert error.failure.label == "server"
    assert error.retry_after_s == 3600
    assert time.monotonic() - start < 10
    assert len(web.requests) == 1


def test_a_refused_connection_is_transient(local: MakeFetcher, free_port: int) -> None:
    fetcher = local(allow_ports=(free_port,), max_attempts=2)
    error = failure_of(fetcher, f"http://127.0.0.1:{free_port}/a")
    assert (error.failure.label, error.transient) == ("unreachable", True)


@pytest.mark.parametrize("route", [drip, drip_headers, silent])
def test_a_slow_host_meets_the_total_deadline(
    route: Route, local: MakeFetcher, web: WebServer
) -> None:
    web.routes["/a"] = route
    fetcher = local(total_timeout_s=0.7, read_timeout_s=0.7, connect_timeout_s=0.5)
    start = time.monotonic()
    error = failure_of(fetcher, f"{web.url}/a")
    assert (error.failure.label, error.transient) == ("timeout", True)
    assert 0.6 <= time.monotonic() - start < 5


def test_silence_meets_the_read_time_out_and_is_retried(local: MakeFetcher, web: WebServer) -> None:
    answers: list[Route] = [silent, statuses(200)]

    def one_after_the_other(handler: Handler) -> None:
        answers.pop(0)(handler)

    web.routes["/a"] = one_after_the_other
    assert local(read_timeout_s=0.3).fetch(f"{web.url}/a") == b"picture"


def test_a_slow_name_server_meets_the_time_out(
    local: MakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_named: release.wait(30))
    fetcher = local(connect_timeout_s=0.2, max_attempts=1)
    error = failure_of(fetcher, "http://slow.example.com/")
    release.set()
    assert (error.failure.label, error.transient) == ("timeout", True)


def test_a_name_server_that_is_away_is_transient(
    local: MakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def away(*_args: object, **_named: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr("socket.getaddrinfo", away)
    error = failure_of(local(), "http://any.example.com/")
    assert (error.failure.label, error.transient) == ("lookup", True)


def test_the_system_resolver_knows_localhost() -> None:
    resolver = SystemResolver(1)
    try:
        found = resolver.resolve("localhost", 80, 5)
    finally:
        resolver.close()
    assert found
    assert all(address.is_loopback for address in found)
    with pytest.raises(FetchError) as caught:
        resolver.resolve("localhost", 80, 5)
    assert caught.value.failure is FetchFailure.CLOSED


def test_concurrency_is_bounded(local: MakeFetcher, web: WebServer) -> None:
    lock = threading.Lock()
    now, most = 0, 0
    both = threading.Barrier(2)

    def busy(handler: Handler) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        both.wait(10)  # two at a time get through, so the limit is reached as well
        with lock:
            now -= 1
        handler.answer(200, b"picture")

    web.routes["/a"] = busy
    fetcher = local(concurrency=2)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(fetcher.fetch, [f"{web.url}/a"] * 8))
    assert found == [b"picture"] * 8
    assert most == 2


def test_waiting_for_a_slot_counts_against_the_deadline(local: MakeFetcher, web: WebServer) -> None:
    fetcher = local(concurrency=1, total_timeout_s=0.3, read_timeout_s=0.3, connect_timeout_s=0.3)
    with fetcher._slots:
        error = failure_of(fetcher, f"{web.url}/a")
    assert (error.failure.label, error.transient) == ("busy", True)
    assert web.requests == []


def error_when_closed(fetcher: GuardedFetcher, url: str, under_way: threading.Event) -> FetchError:
    """What a fetch ends in, soon, when its fetcher is closed while it is under way."""
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(fetcher.fetch, url)
        assert under_way.wait(10)
        start = time.monotonic()
        fetcher.close()
        error = future.exception(20)
    assert time.monotonic() - start < 10
    assert isinstance(error, FetchError)
    return error


def test_closing_ends_a_fetch_under_way(local: MakeFetcher, web: WebServer) -> None:
    started = threading.Event()

    def hanging(handler: Handler) -> None:
        started.set()
        handler.server.stopping.wait(30)

    web.routes["/a"] = hanging
    fetcher = local(read_timeout_s=60, total_timeout_s=60)
    assert error_when_closed(fetcher, f"{web.url}/a", started).transient
    assert failure_of(fetcher, f"{web.url}/a").failure is FetchFailure.CLOSED


def test_closing_ends_a_pause(local: MakeFetcher, web: WebServer) -> None:
    answered = threading.Event()

    def trouble(handler: Handler) -> None:
        handler.answer(503, b"", {"Retry-After": "50"})
        answered.set()

    web.routes["/a"] = trouble
    fetcher = local(total_timeout_s=60)
    assert error_when_closed(fetcher, f"{web.url}/a", answered).transient


def test_one_bad_host_does_not_disturb_the_others(local: MakeFetcher, web: WebServer) -> None:
    web.routes["/good"] = lambda handler: handler.answer(200, b"picture")
    web.routes["/bad"] = drip
    fetcher = local(
        TableResolver({}), total_timeout_s=2, read_timeout_s=1, connect_timeout_s=1, concurrency=8
    )
    urls = [f"{web.url}/{'bad' if number % 4 == 0 else 'good'}" for number in range(16)]

    def outcome(url: str) -> bytes | FetchError:
        try:
            return fetcher.fetch(url)
        except FetchError as error:
            return error

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(outcome, urls))
    for url, found in zip(urls, outcomes, strict=True):
        assert (found == b"picture") == url.endswith("good")


def test_a_fetch_error_is_a_frame_error_and_survives_copying() -> None:
    error = FetchError(FetchFailure.SERVER, "The host answered with status 503.")
    assert isinstance(error, FrameError)
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert (twin.failure, twin.detail, twin.transient) == (error.failure, error.detail, True)


def test_transience_is_decided_for_every_failure() -> None:
    transient = {failure.label for failure in FetchFailure if failure.transient}
    assert transient == {
        "lookup", "unreachable", "timeout", "broken", "server", "busy", "closed",
    }  # fmt: skip
