import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from platestream.telemetry.endpoint import TelemetryServer
from platestream.telemetry.health import CheckResult, Health
from platestream.telemetry.metrics import Metrics


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(health: Health, metrics: Metrics) -> Iterator[httpx.Client]:
    with (
        TelemetryServer(metrics.registry, health, host="127.0.0.1", port=0) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client,
    ):
        yield client


def test_metrics_show_what_was_counted(client: httpx.Client, metrics: Metrics) -> None:
    metrics.frame_failures.labels("AIS.0103").inc(3)
    assert (
        'platestream_frame_failures_total{error_code="AIS.0103"} 3.0' in client.get("/metrics").text
    )


def test_probes_follow_their_own_checks(client: httpx.Client, health: Health) -> None:
    ready = CheckResult(ok=False, detail="models are not warm")
    health.add_liveness("loop", lambda: CheckResult(ok=True))
    health.add_readiness("models", lambda: ready)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failing",
        "checks": {"models": {"ok": False, "detail": "models are not warm"}},
    }
    ready = CheckResult(ok=True)
    assert client.get("/readyz").json()["status"] == "ok"


def test_a_check_that_raises_fails_its_probe_and_nothing_else(
    client: httpx.Client, health: Health
) -> None:
    def broken() -> CheckResult:
        raise RuntimeError

    health.add_liveness("broken", broken)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["checks"]["broken"]["ok"]) == (503, False)
    assert client.get("/readyz").status_code == 200


def test_other_paths_and_methods_are_refused(client: httpx.Client) -> None:
    assert client.get("/").status_code == 404
    assert client.post("/metrics", content=b"x").status_code == 405


def test_the_port_is_free_again_after_close(health: Health, metrics: Metrics) -> None:
    with TelemetryServer(metrics.registry, health, host="127.0.0.1", port=0) as first:
        port = first.port
    with TelemetryServer(metrics.registry, health, host="127.0.0.1", port=port) as second:
        assert second.port == port


def test_a_taken_port_is_an_error_at_once(health: Health, metrics: Metrics) -> None:
    with (
        TelemetryServer(metrics.registry, health, host="127.0.0.1", port=0) as first,
        pytest.raises(OSError, match="in use"),
    ):
        TelemetryServer(metrics.registry, health, host="127.0.0.1", port=first.port)


def test_a_scrape_ends_the_wait_for_it(health: Health, metrics: Metrics) -> None:
    with TelemetryServer(metrics.registry, health, host="127.0.0.1", port=0) as server:
        url = f"http://127.0.0.1:{server.port}"
        httpx.get(f"{url}/metrics", trust_env=False)  # before the wait: says nothing of the end
        scrape = threading.Timer(0.2, lambda: httpx.get(f"{url}/metrics", trust_env=False))
        scrape.start()
        start = time.monotonic()
        assert server.wait_for_scrape(30.0, lambda: False)
        assert 0.1 < time.monotonic() - start < 10.0
        scrape.join()
        httpx.get(f"{url}/readyz", trust_env=False)
        assert not server.wait_for_scrape(0.2, lambda: False), "a probe is no scrape"
        assert not server.wait_for_scrape(30.0, lambda: True), "told to stop"


def test_it_closes_without_waiting(health: Health, metrics: Metrics) -> None:
    """With the standard library's own half second each, these would take five."""
    start = time.monotonic()
    for _ in range(10):
        with TelemetryServer(metrics.registry, health, host="127.0.0.1", port=0):
            pass
    assert time.monotonic() - start < 2.5
