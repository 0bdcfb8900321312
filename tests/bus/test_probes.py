"""Liveness before the first poll."""

from types import SimpleNamespace
from typing import Any, cast

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.probes import Probes


def probes(last_poll: float | None) -> Probes:
    nothing = cast("Any", SimpleNamespace())
    return Probes(
        KafkaSettings(liveness_seconds=60),
        pipeline=cast("Any", SimpleNamespace(warm=True, stuck=False)),
        consumer=cast("Any", SimpleNamespace(last_poll=last_poll)),
        lag=nothing,
        stop=nothing,
    )


def test_who_waits_for_brokers_after_a_long_warm_up_lives() -> None:
    assert probes(None).healthy().ok


def test_who_stops_polling_does_not() -> None:
    assert probes(0.0).healthy().detail.startswith("no poll for")
