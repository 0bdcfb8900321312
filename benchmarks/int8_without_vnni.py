"""Do the eight-bit models answer alike on a CPU without VNNI? By emulating one with AVX2 only.

``python -m benchmarks.int8_without_vnni [--pictures 3] [--cpu Haswell]`` (Debian: ``qemu-user``)

The product reads the demonstration's pictures twice with the eight-bit models: here, and in the
same interpreter under ``qemu-x86_64 -cpu Haswell``, which has AVX2 but neither AVX-512 nor VNNI.
Texts, colours, corners and confidences must be the same; exit code 1 if not, 2 if there is no
emulator. Where sums of products saturate, as with full-range weights, plates go missing in this
check. Emulated, a picture takes some seconds and the start about a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

_PICTURES: Final = Path(__file__).parents[1] / "service/platestream/cli/demo_pictures"
_EMULATOR: Final = "qemu-x86_64"
# Confidences are sums of floats, which two kernels may add up in another order.
_ROUNDING: Final = 1e-4
Answer = dict[str, Any]


def read_here(count: int) -> Answer:
    """What this process reads, and what its CPU is able to do."""
    import numpy as np

    from platestream.vision.picture.decode import decode_picture
    from platestream.vision.reader import PlateReader
    from platestream.vision.settings import PictureLimits, VisionSettings

    features: Any = np._core._multiarray_umath.__cpu_features__  # type: ignore[attr-defined]  # noqa: SLF001
    reader = PlateReader.from_settings(VisionSettings(precision="int8", threads=1))
    pictures = {}
    for file in sorted(_PICTURES.glob("*.jpg"))[:count]:
        (plates,) = reader.read([decode_picture(file.read_bytes(), PictureLimits())])
        pictures[file.name] = [
            {
                "text": plate.plate_number,
                "color": plate.plate_color.value,
                "corners": [list(point) for point in plate.plate_location],
                "confidence": plate.confidence,
            }
            for plate in plates
        ]
    return {
        "avx2": bool(features["AVX2"]),
        "vnni": bool(features.get("AVX512_CLX") or features.get("AVX512_ICL")),
        "pictures": pictures,
    }


def read_emulated(count: int, cpu: str) -> Answer:
    """What this program reads on an emulated CPU.

    Raises:
        FileNotFoundError: If there is no emulator.
        RuntimeError: If it fails.
    """
    emulator = shutil.which(_EMULATOR)
    if emulator is None:
        raise FileNotFoundError(f"{_EMULATOR} is not on the PATH (Debian: qemu-user)")
    command = [emulator, "-cpu", cpu, os.path.realpath(sys.executable)]
    command += ["-m", "benchmarks.int8_without_vnni", "--child", "--pictures", str(count)]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"emulated {cpu}: exit {done.returncode}: {done.stderr[-500:]}")
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def differences(one: Answer, other: Answer) -> list[str]:
    """What differs, by picture; texts are not told."""
    found = []
    for name, plates in one["pictures"].items():
        others = other["pictures"].get(name, [])
        if len(plates) != len(others):
            found.append(f"{name}: {len(plates)} plates and {len(others)}")
            continue
        for at, (mine, theirs) in enumerate(zip(plates, others, strict=True)):
            found += [
                f"{name}, plate {at}: another {key}"
                for key in ("text", "color", "corners")
                if mine[key] != theirs[key]
            ]
            if abs(mine["confidence"] - theirs["confidence"]) > _ROUNDING:
                found.append(f"{name}, plate {at}: another confidence")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=3)
    parser.add_argument("--cpu", default="Haswell", help="as the emulator names them")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.child:
        print(json.dumps(read_here(asked.pictures)))
        return 0
    here = read_here(asked.pictures)
    try:
        there = read_emulated(asked.pictures, asked.cpu)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    if there["vnni"] or not there["avx2"]:
        raise RuntimeError(f"the emulated {asked.cpu} is not a CPU with AVX2 and without VNNI")
    found = differences(here, there)
    plates = sum(map(len, here["pictures"].values()))
    print(
        f"{len(here['pictures'])} pictures, {plates} plates, here "
        f"{'with' if here['vnni'] else 'without'} VNNI and on an emulated {asked.cpu} without: "
        f"{len(found)} differences"
    )
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
