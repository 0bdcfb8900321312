"""What a service counted as it gave up is there for one more scrape."""

import threading

import httpx

from platestream.cli import opening
from platestream.config import load_settings
from platestream.telemetry.health import Health


def test_the_last_figures_are_scraped_before_the_end() -> None:
    settings = load_settings(
        overrides={
            "telemetry.host": "127.0.0.1",
            "telemetry.port": 0,
            "telemetry.last_scrape_seconds": 30,
        }
    )
    metrics = opening.open_metrics(settings, stream=True, http=False)
    seen: list[str] = []
    with opening.open_telemetry(settings, metrics, Health()) as endpoint:
        url = f"http://127.0.0.1:{endpoint.port}/metrics"
        metrics.transactions.labels("fenced").inc()
        metrics.exits.labels("failed").inc()
        scrape = threading.Timer(0.2, lambda: seen.append(httpx.get(url, trust_env=False).text))
        scrape.start()
        opening.let_failure_be_seen(settings, endpoint, lambda: False)
        scrape.join()
    assert 'platestream_transactions_total{outcome="fenced"} 1.0' in seen[0]
    assert 'platestream_exits_total{reason="failed"} 1.0' in seen[0]
    assert "platestream_ready 1.0" in seen[0]
