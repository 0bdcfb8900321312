"""Series that are there from the first scrape: alerts on a rate have to see the first rise."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

import platestream
from platestream.bus.delivery.retries import Outcome as TransactionEnd
from platestream.bus.errors import ExitReason as StreamExit
from platestream.bus.registry.client import Operation
from platestream.cli import opening
from platestream.config import load_settings
from platestream.contract.errors import ErrorCode
from platestream.telemetry import labels
from platestream.telemetry.engine_metrics import EngineMetrics
from platestream.telemetry.feed_metrics import FeedMetrics
from platestream.telemetry.metrics import Metrics

PACKAGE = Path(platestream.__file__).parent
# What the brokers name cannot be known before: their errors, partitions. Models are not counted.
UNKNOWN = {"consumer_errors", "consumer_lag", "model_info", "shadow_info", "time_behind"}


@pytest.fixture
def metrics() -> Metrics:
    return opening.open_metrics(load_settings(), stream=True, http=True)


def _labelled(metrics: Metrics) -> Iterator[str]:
    for name, metric in vars(metrics).items():
        if getattr(metric, "_labelnames", ()):
            yield name


def _series(metrics: Metrics) -> dict[str, float]:
    """Every counted series with its labels, as a scrape sees it."""
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(generate_latest(metrics.registry).decode())
        for sample in family.samples
        if family.type in {"counter", "histogram"} and family.name.startswith("platestream_")
        if not sample.name.endswith("_created")
    }


def test_every_labelled_metric_begins_with_its_series(metrics: Metrics) -> None:
    bare = {name for name in _labelled(metrics) if not getattr(metrics, name)._metrics}
    assert bare == UNKNOWN


def test_every_series_begins_at_zero(metrics: Metrics) -> None:
    assert len(_series(metrics)) > 300
    assert set(_series(metrics).values()) == {0.0}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("platestream_frames_processed_total", {"outcome": "failed"}),
        ("platestream_frame_failures_total", {"error_code": "AIS.0105"}),
        ("platestream_frames_skipped_total", {"reason": "retention"}),
        ("platestream_records_published_total", {"topic": "plates", "status": "failed"}),
        ("platestream_commits_total", {"status": "failed"}),
        ("platestream_transactions_total", {"outcome": "fenced"}),
        ("platestream_http_requests_total", {"code": "500", "error_code": "AIS.0105"}),
        ("platestream_http_requests_total", {"code": "200", "error_code": ""}),
        ("platestream_fetches_total", {"outcome": "timeout"}),
        ("platestream_registry_requests_total", {"operation": "schema", "outcome": "unavailable"}),
        ("platestream_plates_total", {"color": "blue", "rows": "2"}),
        ("platestream_exits_total", {"reason": "failed"}),
    ],
)
def test_what_alerts_read_is_there_at_the_start(
    metrics: Metrics, name: str, values: dict[str, str]
) -> None:
    assert metrics.registry.get_sample_value(name, values) == 0.0


def test_the_first_failure_makes_no_new_series(metrics: Metrics) -> None:
    before = _series(metrics)
    for code in ErrorCode:
        metrics.frame_failures.labels(code.code).inc()
        metrics.http_requests.labels(str(int(code.status)), code.code).inc()
    assert _series(metrics).keys() == before.keys()


def test_the_values_are_those_of_the_layers() -> None:
    assert set(get_args(labels.TransactionOutcome)) == set(TransactionEnd)
    assert set(get_args(labels.ExitReason)) == set(StreamExit)
    assert set(get_args(labels.RegistryOperation)) == set(get_args(Operation))
    assert set(StreamExit) <= set(get_args(labels.DropReason))


def _written() -> Iterator[tuple[str, str]]:
    """Metric and label value wherever the code counts with a constant."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(ast.Attribute(attr=metric), "labels"), args=args):
                    for argument in args:
                        for part in ast.walk(argument):
                            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                                yield metric, part.value


def test_constants_in_the_code_are_known_values(metrics: Metrics) -> None:
    found = set(_written())
    assert ("commits", "failed") in found
    every = (metrics, EngineMetrics(), FeedMetrics())
    for name, value in found:
        known = {
            part
            for one in every
            if hasattr(one, name)
            for series in getattr(one, name)._metrics
            for part in series
        }
        assert value in known, f"{name} is counted with {value}, which does not start at 0"


def test_only_what_there_is_of_a_service_is_shown() -> None:
    alone = _series(opening.open_metrics(load_settings(), stream=False, http=True))
    assert not any("('topic'," in name for name in alone)
    assert not any("error_code" in name for name in _series(Metrics()))


def test_process_and_build_are_exported(metrics: Metrics) -> None:
    value = metrics.registry.get_sample_value
    assert (value("process_start_time_seconds") or 0) > 1.6e9
    assert (value("process_resident_memory_bytes") or 0) > 1e6
    for name in ("process_cpu_seconds_total", "process_open_fds", "process_max_fds"):
        assert value(name) is not None
    build = {"version": platestream.__version__, "revision": ""}
    assert value("platestream_build_info", build) == 1.0
