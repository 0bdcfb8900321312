"""How many threads an inference may use: what the container is given, not what the host has.

onnxruntime takes one thread per host core and pins them: in a container with a quota of two cores
on a host of 64 they fight for the quota, and under a cpuset pinning fails.
"""

import os
from pathlib import Path

_CGROUP: Path = Path("/sys/fs/cgroup")


def available_cpus(cgroup: Path = _CGROUP) -> int:
    """Return the whole CPUs that affinity and cgroup quota leave to this process, at least 1."""
    allowed = float(len(os.sched_getaffinity(0)))
    quota = cpu_quota(cgroup)
    return max(1, int(allowed if quota is None else min(allowed, quota)))


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
