"""``make soak``, set by variables of the environment.

SOAK_FRAMES, SOAK_GUARANTEE, SOAK_SEED, SOAK_BROKERS, SOAK_REPLICAS, SOAK_PARTITIONS, SOAK_SECONDS;
SOAK_OVERLAP=1: a fault need not heal before the next; SOAK_LOGS: a folder for the replicas' logs.

The last line of standard output is one JSON object. Exit code 0: the promise was kept; 1: it was
not; 2: wrong settings or a missing part; 130: interrupted.
"""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.clusters.requirement import UnavailableError
from tests.soak.run import Soak, guarantees_can_be_chosen, run_soak


def _from_environment() -> Soak:
    """Raises ``ValueError`` where a variable is no number."""
    names = {"FRAMES": "frames", "SEED": "seed", "BROKERS": "brokers", "REPLICAS": "replicas",
             "PARTITIONS": "partitions", "SECONDS": "seconds", "OVERLAP": "overlap"}  # fmt: skip
    given = {
        field: int(os.environ[f"SOAK_{name}"])
        for name, field in names.items()
        if os.environ.get(f"SOAK_{name}")
    }
    default = "exactly_once" if guarantees_can_be_chosen() else "at_least_once"
    guarantee = os.environ.get("SOAK_GUARANTEE") or default
    if guarantee not in ("exactly_once", "at_least_once"):
        raise ValueError("SOAK_GUARANTEE is exactly_once or at_least_once")
    logs = Path(os.environ["SOAK_LOGS"]) if os.environ.get("SOAK_LOGS") else None
    return Soak(guarantee=guarantee, logs=logs, **given)  # type: ignore[arg-type]


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    """Run it and say what came of it."""
    signal.signal(signal.SIGTERM, _interrupt)
    progress = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[faults]} faults"),
    )
    try:
        soak = _from_environment()
        with Progress(*columns, console=progress, disable=not progress.is_terminal) as bar:
            task = bar.add_task(soak.guarantee.replace("_", " "), total=soak.frames, faults=0)
            report = run_soak(
                soak, lambda _sent, done, faults: bar.update(task, completed=done, faults=faults)
            )
    except (ValueError, UnavailableError) as error:
        sys.stderr.write(f"soak: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("soak: interrupted; everything is stopped\n")
        return 130
    report.show(Console(width=100))
    sys.stdout.write(report.as_json() + "\n")
    return 0 if report.passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
