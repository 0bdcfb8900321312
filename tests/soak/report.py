"""What a run came to: a table for people, one line of JSON for machines."""

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.soak.audit import Verdict
from tests.soak.faults import Fault, FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything about one run.

    ``unanswered``: frames that the brokers had acknowledged and that had no result, by partition.
    """

    guarantee: str
    seed: int
    verdict: Verdict
    faults: Sequence[Fault]
    longest_gap_s: float
    seconds: float
    own_exits: Counter[int]
    complete: bool
    unanswered: Mapping[int, int]

    @property
    def passed(self) -> bool:
        """Whether the promise was kept and the audit saw everything."""
        return self.complete and self.verdict.holds(self.guarantee)

    def as_json(self) -> str:
        """One line."""
        verdict = self.verdict
        by_kind = Counter(fault.kind.name.lower() for fault in self.faults)
        return json.dumps(
            {
                "frames": verdict.frames,
                "lost": verdict.lost,
                "doubled": verdict.doubled,
                "out_of_order": verdict.out_of_order,
                "faults": len(self.faults),
                "faults_by_kind": dict(sorted(by_kind.items())),
                "wrong": verdict.wrong,
                "doubled_records": verdict.doubled_records,
                "longest_gap_s": round(self.longest_gap_s, 3),
                "recovery_ms": _spread(self.faults),
                "recovery_ms_by_kind": {
                    kind.name.lower(): _spread(_of(self.faults, kind)) for kind in FaultKind
                },
                "next_result_ms": spread([fault.next_result for fault in self.faults]),
                "not_recovered": sum(fault.recovery is None for fault in self.faults),
                "exits_of_their_own": {str(code): n for code, n in self.own_exits.items()},
                "guarantee": self.guarantee,
                "seed": self.seed,
                "unanswered_by_partition": dict(sorted(self.unanswered.items())),
                "seconds": round(self.seconds, 1),
                "complete": self.complete,
                "passed": self.passed,
            }
        )

    def show(self, console: Console) -> None:
        """The table."""
        table = Table(title=f"Soak, {self.guarantee.replace('_', ' ')}, seed {self.seed}")
        table.add_column("fault")
        for column in ("times", "next result p50", "p99", "all partitions p50", "p99"):
            table.add_column(column, justify="right")
        for kind in FaultKind:
            those = _of(self.faults, kind)
            table.add_row(str(kind), *_row(those))
        table.add_section()
        table.add_row("all", *_row(self.faults))
        console.print(table)
        verdict = self.verdict
        console.print(
            f"{verdict.frames} frames: {verdict.lost} lost, {verdict.doubled} doubled, "
            f"{verdict.out_of_order} out of order, {verdict.wrong} wrong; longest gap "
            f"{self.longest_gap_s:.1f} s; {self.seconds:.0f} s in all; replicas that ended by "
            f"themselves: {sum(self.own_exits.values())}"
        )


def _of(faults: Sequence[Fault], kind: FaultKind) -> list[Fault]:
    return [fault for fault in faults if fault.kind is kind]


def _row(faults: Sequence[Fault]) -> list[str]:
    first, all_of_them = spread([fault.next_result for fault in faults]), _spread(faults)
    times = (first["p50"], first["p99"], all_of_them["p50"], all_of_them["p99"])
    return [str(len(faults)), *map(_ms, times)]


def _spread(faults: Sequence[Fault]) -> dict[str, Any]:
    return spread([fault.recovery for fault in faults])


def spread(seconds: Sequence[float | None]) -> dict[str, Any]:
    """Median and 99th percentile of those that are there, milliseconds."""
    times = [value * 1000 for value in seconds if value is not None]
    if not times:
        return {"p50": None, "p99": None}
    if len(times) == 1:
        return {"p50": round(times[0]), "p99": round(times[0])}
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49]), "p99": round(cuts[98])}


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value / 1000:.2f} s"
