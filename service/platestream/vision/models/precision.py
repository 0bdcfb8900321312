"""Which of a model's two forms runs: float32, or eight-bit integers where they are faster.

The eight-bit models have unsigned activations and signed weights within -64 to 64, so that the
products of two neighbours fit the 16 bits that CPUs without VNNI add them up in: the answers are
the same on all x86 CPUs. From AVX2 on they are faster than float32 (with VNNI 1.5 to 1.9 times,
without 1.1 to 1.5 times), with AVX alone 1.7 times slower. Elsewhere nothing was measured.
"""

import platform
from pathlib import Path
from typing import Final, Literal

from platestream.vision.models.providers import CPU

Precision = Literal["float32", "int8"]
Wanted = Literal["auto", "float32", "int8"]

_CPUINFO: Final = Path("/proc/cpuinfo")
_X86: Final = ("x86_64", "AMD64")
# On x86 the flags of all cores are the same; some hundred bytes to some kilobytes each.
_MAX_BYTES: Final = 65_536


def chosen_precision(wanted: Wanted, provider: str, *, cpuinfo: Path = _CPUINFO) -> Precision:
    """Return what to run on an execution provider.

    Args:
        wanted: What the settings say.
        provider: onnxruntime's name of the provider that is asked for first.
        cpuinfo: Where Linux tells the CPU's features.
    """
    if wanted != "auto":
        return wanted
    return "int8" if provider == CPU and _has_avx2(cpuinfo) else "float32"


def _has_avx2(cpuinfo: Path) -> bool:
    if platform.machine() not in _X86:
        return False
    try:
        with cpuinfo.open("rb") as stream:
            text = stream.read(_MAX_BYTES).decode("ascii", "replace")
    except OSError:  # another system: nothing is known of its CPU
        return False
    for line in text.splitlines():
        name, _, flags = line.partition(":")
        if name.strip() == "flags":
            return "avx2" in flags.split()
    return False
