"""How tracing is switched on from the outside, and what stands in its way."""

import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from platestream.cli import opening
from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings, load_settings
from platestream.telemetry import otlp, tracing


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        monkeypatch.delenv(name, raising=False)


def settings(**values: object) -> Settings:
    given = {f"telemetry.tracing.{name}": value for name, value in values.items()}
    return load_settings(None, overrides=given)


def test_off_by_default_and_by_the_variable_that_switches_all_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opening.tracing_as_set(settings()):
        assert tracing.installed() is None
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with opening.tracing_as_set(settings(enabled=True)):
        assert tracing.installed() is None


def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "platestream.telemetry.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with (
        pytest.raises(CliError, match=r"platestream\[tracing\]") as told,
        opening.tracing_as_set(settings(enabled=True)),
    ):
        pass
    assert told.value.code is ExitCode.USAGE


def test_a_protocol_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with (
        pytest.raises(CliError, match="OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf"),
        opening.tracing_as_set(settings(enabled=True)),
    ):
        pass


@pytest.fixture
def silent_collector() -> Iterator[str]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1/traces"
    for thread in last_spans():
        thread.join(30)


def last_spans() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "last-spans"]


def test_a_collector_that_hangs_holds_up_neither_frames_nor_the_end(
    silent_collector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp, "_LAST_EXPORT_S", 0.1)
    # The one export that hangs is over soon after the test.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2048")
    with opening.tracing_as_set(settings(enabled=True, endpoint=silent_collector)):
        made = tracing.installed()
        assert made is not None
        for offset in range(3000):  # more than the exporter's queue holds
            made.consumed("frames", 0, offset, ()).end()
    assert tracing.installed() is None
    # It still waits for its answer, and nobody waits for it.
    assert last_spans()
