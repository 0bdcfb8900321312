"""The parts of a run: what each of them measures, as figures for the results' file."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.peers.client import PEERS
from benchmarks.speed import spinning
from benchmarks.speed.builds import earlier, present
from benchmarks.speed.contenders import FLOOR_DECODE, FLOOR_SESSIONS, Contender
from benchmarks.speed.frames import speed_frames
from benchmarks.speed.profiled import profile_frames
from benchmarks.speed.rounds import figures_of, race
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.speed.frames import SpeedFrame
    from benchmarks.speed.results import Figures

# What takes long is measured on frames of the middle size alone.
_MIDDLE: Final = "1080p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a run goes.

    Attributes:
        data: Folder of the photo sets.
        cache: Where frames and earlier builds are kept.
        rounds: Counted rounds of a race.
        each: Frames of a kind.
        base: Earlier commits to measure beside this build.
        peers: Folder with the other readers' environments.
        seconds: How long each load of the service lasts.
    """

    data: Path
    cache: Path
    rounds: int
    each: int
    base: tuple[str, ...]
    peers: Path
    seconds: float

    def frames(self) -> tuple[list[SpeedFrame], str]:
        """The frames, and what they are made of."""
        return speed_frames(self.data, self.cache, each=self.each)


def measure_reader(plan: Plan, progress: Callable[[str, int], Callable[[], None]]) -> Figures:
    """Floor, reader and earlier builds, on all frames."""
    frames, source = plan.frames()
    here = present()
    with ExitStack() as stack:
        contenders = [
            Contender.worker(FLOOR_DECODE, here, "decode"),
            Contender.worker(FLOOR_SESSIONS, here, "sessions"),
            Contender.worker(here.name, here, "read"),
        ]
        for name in plan.base:
            build = earlier(name, plan.cache / "builds")
            contenders.append(Contender.worker(f"build {build.name}", build, "read"))
        for one in contenders:
            stack.callback(one.close)
        steps = (plan.rounds + 1) * len(frames) * len(contenders)
        times = race(contenders, frames, plan.rounds, progress("floor, reader, builds", steps))
        # Without an earlier build the reader is its own measure.
        base = contenders[-1].name
        return {
            "frames": source,
            "each": plan.each,
            "rounds": plan.rounds,
            "bundle": contenders[2].conversation.title,
            "bundles": {one.name: one.conversation.title for one in contenders[2:]},
            "reader": here.name,
            **figures_of(contenders, times, base),
        }


def measure_profile(plan: Plan, progress: Callable[[str, int], Callable[[], None]]) -> Figures:
    """Where the time of a frame goes, for each kind of frame."""
    frames, source = plan.frames()
    advance = progress("stage profile", len(frames) // plan.each)
    return {"frames": source, "each": plan.each, **profile_frames(frames, plan.rounds, advance)}


def measure_service(plan: Plan, progress: Callable[[str, int], Callable[[], None]]) -> Figures:
    """The service over an embedded broker and over Kafka.

    Raises:
        RuntimeError: If there is no Kafka to be had.
    """
    from benchmarks.speed import service
    from tests.clusters.requirement import UnavailableError

    frames, source = plan.frames()
    pictures = [frame.path.read_bytes() for frame in frames if frame.size == _MIDDLE]
    advance = progress("service", len(service.WAYS) * (1 + len(service.LOADS)))
    try:
        figures = service.measure_ways(pictures, plan.seconds, advance)
    except UnavailableError as error:
        raise RuntimeError(str(error)) from error
    return {"frames": f"{source}, {_MIDDLE}", **figures}


def measure_plan(plan: Plan, progress: Callable[[str, int], Callable[[], None]]) -> Figures:
    """The plan for a load, and the load measured."""
    from benchmarks.plan_check import LOADS, check_plan

    frames, source = plan.frames()
    chosen = [frame for frame in frames if frame.size == _MIDDLE]
    figures = check_plan(chosen, plan.seconds, progress("plan", 1 + len(LOADS)))
    return {"frames": f"{source}, {_MIDDLE}", **figures}


def measure_spinning(plan: Plan, progress: Callable[[str, int], Callable[[], None]]) -> Figures:
    """Spinning threads at partial load."""
    frames, source = plan.frames()
    limits = PictureLimits()
    pictures = [
        decode_picture(frame.path.read_bytes(), limits) for frame in frames if frame.size == _MIDDLE
    ]
    steps = plan.rounds * len(spinning.WAYS) * len(spinning.LOADS)
    figures = spinning.measure_ways(pictures, plan.rounds, 2, progress("spinning", steps))
    return {"source": f"{source}, {_MIDDLE}", **figures}


def measure_peers(plan: Plan, progress: Callable[[str, int], Callable[[], None]]) -> Figures:
    """Other readers beside ours, on the frames of one size.

    Raises:
        RuntimeError: If none is installed.
    """
    frames, source = plan.frames()
    frames = [frame for frame in frames if frame.size == _MIDDLE]
    here = present()
    with ExitStack() as stack:
        contenders = [Contender.worker(here.name, here, "read")]
        stack.callback(contenders[0].close)
        for spec in PEERS:
            python = plan.peers / spec.name / "bin" / "python"
            if python.exists():
                contenders.append(Contender.other(spec, python))
                stack.callback(contenders[-1].close)
        if len(contenders) == 1:
            raise RuntimeError(f"no other reader in {plan.peers}: make accuracy-peers")
        steps = (plan.rounds + 1) * len(frames) * len(contenders)
        times = race(contenders, frames, plan.rounds, progress("other readers", steps))
        return {
            "frames": f"{source}, {_MIDDLE}",
            "each": plan.each,
            "rounds": plan.rounds,
            **figures_of(contenders, times, here.name),
        }
