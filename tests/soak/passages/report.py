"""What a run came to."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.faults import Fault
from tests.soak.passages.audit import Verdict
from tests.soak.report import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesReport:
    """What a run came to."""

    seed: int
    cameras: int
    replicas: int
    brokers: int
    frames: int
    sent: int
    passages: Verdict
    alerts: Verdict
    faults: Sequence[Fault]
    own_exits: Counter[int]
    seconds: float
    complete: bool

    @property
    def passed(self) -> bool:
        """Whether everything came once and as one process makes it."""
        return self.complete and self.passages.holds and self.alerts.holds

    def as_json(self) -> str:
        """One line."""
        kinds = Counter(fault.kind.name.lower() for fault in self.faults)
        return json.dumps(
            {
                "frames": self.frames,
                "sent": self.sent,
                "cameras": self.cameras,
                "replicas": self.replicas,
                "brokers": self.brokers,
                **{f"passages_{name}": value for name, value in _fields(self.passages)},
                **{f"alerts_{name}": value for name, value in _fields(self.alerts)},
                "faults": len(self.faults),
                "faults_by_kind": dict(sorted(kinds.items())),
                "recovery_ms": spread([fault.recovery for fault in self.faults]),
                "exits_of_their_own": {str(code): n for code, n in self.own_exits.items()},
                "seconds": round(self.seconds, 1),
                "seed": self.seed,
                "complete": self.complete,
                "passed": self.passed,
            }
        )


def _fields(verdict: Verdict) -> list[tuple[str, int]]:
    names = ("expected", "missing", "doubled", "foreign", "different")
    return [(name, getattr(verdict, name)) for name in names]
