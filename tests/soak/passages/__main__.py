"""``python -m tests.soak.passages``, set by variables of the environment.

SOAK_FRAMES, SOAK_CAMERAS, SOAK_FAULTS, SOAK_BROKERS, SOAK_REPLICAS, SOAK_PARTITIONS, SOAK_SEED;
SOAK_RATE: frames a second while faults are done; SOAK_LOGS: a folder for the replicas' logs.

The last line of standard output is one JSON object. Exit code 0: every passage and alert came once
and as one process makes it; 1: it did not; 2: wrong settings or a missing part.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.clusters.requirement import UnavailableError
from tests.soak.passages.run import PassagesSoak, run_soak

_NAMES = ("frames", "cameras", "faults", "brokers", "replicas", "partitions", "seed", "rate")
_TELL_S = 10.0


def _from_environment() -> PassagesSoak:
    """Raises ``ValueError`` where a variable is no number."""
    given: dict[str, Any] = {
        name: int(value) for name in _NAMES if (value := os.environ.get(f"SOAK_{name.upper()}"))
    }
    logs = os.environ.get("SOAK_LOGS")
    return PassagesSoak(logs=Path(logs) if logs else None, **given)


def main() -> int:
    """Run it and say what came of it."""
    told = 0.0

    def tell(sent: int, passages: int, faults: int) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_S:
            told = time.monotonic()
            sys.stderr.write(f"{sent} results, {passages} passages, {faults} faults\n")

    try:
        report = run_soak(_from_environment(), tell)
    except (ValueError, UnavailableError) as error:
        sys.stderr.write(f"soak: {error}\n")
        return 2
    sys.stdout.write(report.as_json() + "\n")
    return 0 if report.passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
