"""Does one fault after the other to real parts and prints which alerts fired: ``make drill``.

``python -m tests.drill [NAME …]`` fails where another alert than the right one, or none in time,
would be told to anybody.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.clusters.kafka import KafkaCluster
from tests.clusters.registry import RegistryServer
from tests.drill.faults import FAULTS, Fault, mended
from tests.drill.rules import FACTOR
from tests.drill.stage import Parts, Stage
from tests.drill.watch import Watch, missing, shown
from tests.vision.tiny_models import write_bundle

_START_S: Final = 240.0
# All is well for so long first: any window of ten minutes has passed, and what fires is no start.
_WELL_S: Final = 45.0
# Alertmanager's group_wait, 30 s by default, before it sends what is not inhibited by then.
_GROUP_WAIT_S: Final = 30 / FACTOR
# What comes later than the right alert counts, too.
_AFTERMATH_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a fault."""

    fault: Fault
    after: float | None
    before: frozenset[str]
    told: frozenset[str]
    fired: frozenset[str]

    @property
    def right(self) -> bool:
        """Whether the right alert was told in time, and no other."""
        in_time = self.after is not None and self.after <= self.fault.within
        return in_time and not self.before and self.told == {self.fault.alert}


def run(fault: Fault, parts: Parts) -> Outcome:
    """Let a deployment be well, then do it."""
    name = f"d{time.time_ns() // 1_000_000}"
    with mended(parts), ExitStack() as stack:
        stage = stack.enter_context(
            Stage(parts, name, replicas=fault.replicas, module=fault.module)
        )
        _until(lambda: all(stage.ready(pod) for pod in stage.pods), _START_S, "ready replicas")
        folder = parts.folder / f"watch-{name}"
        folder.mkdir()
        watch = stack.enter_context(Watch(folder, stage.targets))
        well = _Told()
        _until(lambda: well.look(watch) > _WELL_S, 2 * _WELL_S, "time in which all is well")
        since = time.monotonic()
        fault.begin(stage)
        after, told, fired = None, _Told(), set[str]()
        end = since + fault.within
        while time.monotonic() < end:
            fired |= watch.firing()
            if fault.alert in fired and after is None:
                after = time.monotonic() - since
                end = time.monotonic() + _AFTERMATH_S
            told.look(watch)
            time.sleep(0.5)
    return Outcome(fault, after, frozenset(well.names), frozenset(told.names), frozenset(fired))


class _Told:
    """The alerts of which somebody is told: not inhibited when the wait for their group is over."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._since: dict[str, float] = {}
        self._begun = time.monotonic()

    def look(self, watch: Watch) -> float:
        """Note what is not inhibited now; the seconds since the first look."""
        now, active = time.monotonic(), watch.told()
        self._since = {name: self._since.get(name, now) for name in active}
        self.names |= {name for name, at in self._since.items() if now - at >= _GROUP_WAIT_S}
        return now - self._begun


def _until(true: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {seconds:g} s")
        time.sleep(0.2)


def main(names: list[str]) -> int:
    """Run them, and print the table."""
    if lacking := missing():
        sys.stderr.write(f"drill: there is no {', '.join(lacking)} on the PATH (`make tools`)\n")
        return 2
    console = Console(width=150)
    table = Table("fault", "right alert", "after", "told", "inhibited", "")
    chosen = [fault for fault in FAULTS if not names or fault.name in names]
    wrong = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drill-")))
        cluster = stack.enter_context(KafkaCluster(1))
        registry = stack.enter_context(RegistryServer())
        parts = Parts(cluster, registry, write_bundle(folder / "tiny"), folder)
        for fault in chosen:
            outcome = run(fault, parts)
            wrong += not outcome.right
            table.add_row(*_row(outcome))
            console.print(*_row(outcome), sep=" | ")
    console.print(table)
    console.print(f"{len(chosen) - wrong} of {len(chosen)} faults brought the right alert alone")
    return 1 if wrong else 0


def _row(outcome: Outcome) -> tuple[str, ...]:
    after = outcome.after
    return (
        outcome.fault.name,
        shown([outcome.fault.alert]),
        "never" if after is None else f"{after:.0f} s",
        shown(outcome.before | outcome.told),
        shown(outcome.fired - outcome.told),
        "right" if outcome.right else "WRONG",
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
