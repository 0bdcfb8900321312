"""How far ``platestream plan`` is off: what it foretells for a load, and the same load measured.

``python -m benchmarks.plan_check [--seconds 20] [--data ../shared/data]``

First the profile of this machine is measured, on the frames that the load is made of; then the
plan for cameras that use 30 % and 60 % of one replica's time is held against the service under just
that load, over the embedded broker, as a process of its own. The same as
``make bench BENCH_PARTS=plan``, which writes it into ``docs/PERFORMANCE.md``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.speed.results import Figures, rounded
from benchmarks.speed.service import Way, running
from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.cli.capacity.measure import Effort, measure_profile
from platestream.cli.capacity.planning import CapacityPlan, Demand, frame_cost, plan
from platestream.vision.settings import VisionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.speed.frames import SpeedFrame
    from benchmarks.speed.loads import Measured

LOADS: Final = (0.3, 0.6)
_CORES: Final = 2
_FPS: Final = 1.0


def check_plan(
    frames: Sequence[SpeedFrame], seconds: float, advance: Callable[[], None]
) -> Figures:
    """Foretell and measure each load."""
    pictures = [frame.path.read_bytes() for frame in frames]
    plates = sum(frame.plates for frame in frames) / len(frames)
    profile = measure_profile(pictures, VisionSettings(), Effort(rounds=3, frames=300))
    advance()
    size = sum(map(len, pictures)) / len(pictures)
    one = Demand(
        cameras=1, fps=_FPS, plates=plates, frame_bytes=size, cores=_CORES, replication=1,
        load=0.95,
    )  # fmt: skip
    cost = frame_cost(one, profile).cpu_ms
    rows: list[dict[str, Any]] = []
    way = Way("embedded", "at_least_once", _CORES)
    with EmbeddedBroker() as broker, running(way, broker, pictures) as service:
        for load in LOADS:
            cameras = max(1, round(load * _CORES * 1000 / cost / _FPS))
            foretold = plan(replace(one, cameras=cameras), profile)
            rate = foretold.frames_per_second
            measured = service.traffic.steady(seconds, rate)
            rows.append(_row(cameras, foretold, measured))
            advance()
    return {"seconds": seconds, "profile": profile.model_dump(), "rows": rows}


def _row(cameras: int, foretold: CapacityPlan, measured: Measured) -> dict[str, Any]:
    return {
        "cameras": cameras,
        "rate": rounded(foretold.frames_per_second),
        "rate_measured": rounded(measured.frames_per_second),
        "cpu_ms": [rounded(foretold.frame.cpu_ms), rounded(measured.cpu_ms)],
        "cores_busy": [
            rounded(foretold.cores_busy),
            rounded(measured.cpu_ms * measured.frames_per_second / 1000),
        ],
        "p50_ms": [rounded(foretold.p50_ms), rounded(measured.quantile(0.5))],
        "p99_ms": [rounded(foretold.p99_ms), rounded(measured.quantile(0.99))],
    }


if __name__ == "__main__":
    import sys

    from benchmarks.speed.__main__ import main

    main(["--parts", "plan", *sys.argv[1:]])
