"""How many threads an inference may use: what the container is given, not what the host has.

onnxruntime takes one thread per host core and pins them: in a container with a quota of two cores
on a host of 64 they fight for the quota, and under a cpuset pinning fails.
"""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_CGROUP: Final = Path("/sys/fs/cgroup")
# What an orchestrator hands down of the container's resources, in thousandths of a CPU.
CPU_LIMIT: Final = "PLATESTREAM_CPU_LIMIT"
CPU_REQUEST: Final = "PLATESTREAM_CPU_REQUEST"


def available_cpus(cgroup: Path = _CGROUP, env: Mapping[str, str] | None = None) -> int:
    """Return the whole CPUs that are ours, at least 1.

    Those of the cgroup's quota; without one, those of ``PLATESTREAM_CPU_LIMIT``; without a limit,
    those of ``PLATESTREAM_CPU_REQUEST``, rounded up: with more threads than were asked for, a
    busy node gives each of them a slice so small that all wait for the slowest. Without any, the
    node's. Never more than the affinity allows.
    """
    allowed = len(os.sched_getaffinity(0))
    hints = os.environ if env is None else env
    quota = cpu_quota(cgroup)
    limit = quota if quota is not None else _hinted(hints.get(CPU_LIMIT))
    request = _hinted(hints.get(CPU_REQUEST))
    if limit is not None:
        given = int(limit)
    elif request is not None:
        given = math.ceil(request)
    else:
        given = allowed
    return max(1, min(allowed, given))


def _hinted(text: str | None) -> float | None:
    """CPUs in a hint; None where it says nothing of use: a hint must not stop a start."""
    if text is None or not text.strip().isdecimal():
        return None
    return int(text) / 1000 or None


def cpu_quota(cgroup: Path = _CGROUP) -> float | None:
    """Return the CPU quota of the cgroup (v2, then v1) in CPUs; None where there is none."""
    limit, period = None, None
    try:
        limit, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            limit = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        quota = int(limit) / int(period)
    except (ValueError, ZeroDivisionError):  # "max": no limit
        return None
    return quota if quota > 0 else None
