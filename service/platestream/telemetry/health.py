"""Health: named checks that say whether the service lives and whether it is ready for work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer of one check; ``detail`` is for the operator and holds no personal data."""

    ok: bool
    detail: str = ""


Check = Callable[[], CheckResult]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All checks of one probe together."""

    ok: bool
    checks: Mapping[str, CheckResult]

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready form: ``{"status": "ok"|"failing", "checks": {name: {ok, detail}}}``."""
        return {
            "status": "ok" if self.ok else "failing",
            "checks": {
                name: {"ok": result.ok, "detail": result.detail}
                for name, result in self.checks.items()
            },
        }


class Health:
    """The two probes of an orchestrator.

    *Liveness* asks whether a restart would help; *readiness* whether work may be sent here. A check
    that raises counts as failing: a probe must never take the endpoint down.
    """

    def __init__(self) -> None:
        self._live: dict[str, Check] = {}
        self._ready: dict[str, Check] = {}

    def add_liveness(self, name: str, check: Check) -> None:
        """Let ``check`` decide over ``/healthz``."""
        self._live[name] = check

    def add_readiness(self, name: str, check: Check) -> None:
        """Let ``check`` decide over ``/readyz``."""
        self._ready[name] = check

    def liveness(self) -> HealthReport:
        """Run the liveness checks now."""
        return _run(self._live)

    def readiness(self) -> HealthReport:
        """Run the readiness checks now."""
        return _run(self._ready)


def _run(checks: Mapping[str, Check]) -> HealthReport:
    results: dict[str, CheckResult] = {}
    for name, check in tuple(checks.items()):
        try:
            results[name] = check()
        except Exception as error:  # noqa: BLE001 - a broken check is a failing check
            results[name] = CheckResult(ok=False, detail=f"check raised {type(error).__name__}")
    return HealthReport(ok=all(result.ok for result in results.values()), checks=results)
