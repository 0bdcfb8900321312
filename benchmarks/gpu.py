"""Every way of running the models on a GPU, checked and timed, in one table and one JSON file.

``python benchmarks/gpu.py --wheels FOLDER`` makes an environment of the wheels in a folder (no
index is asked: ``pip download --dest FOLDER 'platestream[gpu]'`` fills it; ``onnx`` and
``tensorrt`` are used where they are) and goes on in it. ``python -m benchmarks.gpu`` runs where
things are installed. ``--dry-run`` takes the CPU in every variant's place, to see that all of this
works: what needs a provider's own options is told to be *not run*.

A variant must find the same plates as float32 on the CPU, with confidences within 0.01. Stays below
eight minutes: what there is no time for is told to be not run. Needs nothing but the checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

# Started as a script there is only its own folder on the path.
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "service"))

from benchmarks.gpu_rows import BATCHES, Plates, Row, compare, is_good, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from platestream.vision.reader import PlateReader
    from platestream.vision.settings import VisionSettings

ROOT: Final = Path(__file__).parents[1]
_PICTURES: Final = ROOT / "service/platestream/cli/demo_pictures"
_BUDGET_S: Final = 450.0  # of eight minutes; the rest is for the environment
_LEAST_S: Final = 20.0  # a variant is not begun with less


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A way of running the models.

    Attributes:
        name: In the table.
        provider: Its short name.
        options: Of the provider.
        io_binding: Whether buffers stay on the device.
        half: Whether the models are converted to FP16 first.
    """

    name: str
    provider: str
    options: dict[str, str] = field(default_factory=dict)
    io_binding: bool = False
    half: bool = False


VARIANTS: Final = (
    Variant(name="CUDA, FP32", provider="cuda"),
    Variant(name="CUDA, FP32, IO binding", provider="cuda", io_binding=True),
    Variant(name="CUDA, FP16", provider="cuda", half=True),
    Variant(name="TensorRT, FP32", provider="tensorrt"),
    Variant(name="TensorRT, FP32, IO binding", provider="tensorrt", io_binding=True),
    Variant(
        name="TensorRT, FP16, IO binding",
        provider="tensorrt",
        options={"trt_fp16_enable": "1"},
        io_binding=True,
    ),
)


def settings_of(variant: Variant, cache: Path, *, dry_run: bool) -> VisionSettings:
    """The product's settings of a variant; in a dry run on the CPU."""
    from platestream.vision.settings import VisionSettings

    return VisionSettings(
        providers=("cpu",) if dry_run else (variant.provider,),
        provider_options={} if dry_run else {variant.provider: variant.options},
        precision="float32",
        io_binding=variant.io_binding,
        engine_cache=cache,
        threads=1 if dry_run else None,
    )


def measure(
    variant: Variant, *, expected: Plates, cache: Path, seconds: float, dry_run: bool
) -> Row:
    """Build, check and time one variant, in about ``seconds`` after it is built."""
    from platestream.vision.models.bundle import ModelBundle
    from platestream.vision.reader import PlateReader

    row = Row(name=variant.name)
    if dry_run and variant.options:
        row.not_run = "needs the provider's own options"
        return row
    started = time.perf_counter()
    try:
        bundle = ModelBundle.load()
        if variant.half:
            bundle = in_half(bundle)
        reader = PlateReader(bundle, settings=settings_of(variant, cache, dry_run=dry_run))
        reader.warm_up()
    except Exception as error:  # noqa: BLE001 - a variant that cannot run is a row of the table
        row.not_run = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
        return row
    row.start_s = round(time.perf_counter() - started, 1)
    row.ran_on = reader.provider
    pictures = load_pictures()
    row.same_plates, off = compare(read(reader, pictures), expected)
    row.confidence_off = round(off, 4)
    for batch in BATCHES[:1] if dry_run else BATCHES:
        frames = (pictures * (batch // len(pictures) + 1))[:batch]
        done, begun = 0, time.perf_counter()
        while not done or time.perf_counter() - begun < seconds / len(BATCHES):
            reader.read(frames)
            done += batch
        taken = time.perf_counter() - begun
        row.frames_per_second[batch] = round(done / taken, 1)
        row.ms_per_frame[batch] = round(taken * 1000 / done, 2)
    return row


def in_half(bundle: Any) -> Any:
    """Return the bundle with its models in FP16, inputs and outputs as they are.

    Raises:
        ImportError: If onnx, or onnxruntime's converter, is not installed.
    """
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    models = {}
    for name, content in bundle.models.items():
        models[name] = content
        if ".int8." not in name:
            model = convert_float_to_float16(onnx.load_from_string(content), keep_io_types=True)
            models[name] = model.SerializeToString()
    return replace(bundle, models=models)


def load_pictures() -> list[Any]:
    """The demonstration's scenes, decoded."""
    from platestream.vision.picture.decode import decode_picture
    from platestream.vision.settings import PictureLimits

    files = sorted(_PICTURES.glob("*.jpg"))
    return [decode_picture(file.read_bytes(), PictureLimits()) for file in files]


def read(reader: PlateReader, pictures: Sequence[Any]) -> Plates:
    """Texts and confidences of each picture's plates."""
    return [
        [(plate.plate_number, plate.confidence) for plate in plates]
        for plates in reader.read(pictures)
    ]


def run(out: Path, cache: Path, *, dry_run: bool, budget: float = _BUDGET_S) -> list[Row]:
    """Measure everything, print the table and write the JSON file."""
    from platestream.vision.models.tensorrt import gpu_name
    from platestream.vision.reader import PlateReader
    from platestream.vision.settings import VisionSettings

    ends = time.monotonic() + budget
    reference = PlateReader.from_settings(VisionSettings(precision="float32"))
    expected = read(reference, load_pictures())
    rows: list[Row] = []
    for at, variant in enumerate(VARIANTS):
        left = ends - time.monotonic()
        if left < (0 if dry_run else _LEAST_S):
            rows.append(Row(name=variant.name, not_run="no time was left"))
            continue
        seconds = 0.0 if dry_run else min(15.0, left / (len(VARIANTS) - at) / 2)
        rows.append(
            measure(variant, expected=expected, cache=cache, seconds=seconds, dry_run=dry_run)
        )
        print(f"{variant.name}: {rows[-1].not_run or rows[-1].frames_per_second}", flush=True)
    about = {
        "card": "none: a dry run on the CPU" if dry_run else gpu_name(),
        "bundle": reference.model.version,
        "day": time.strftime("%Y-%m-%d"),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=1)
    out.write_text(text + "\n", encoding="utf-8")
    print(f"\n{about['card']}, bundle {about['bundle']}\n\n{table(rows)}")
    return rows


def environment(wheels: Path, folder: Path) -> Path:
    """Make an environment of the wheels; return its interpreter."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["gpu"]]
    extra = {file.name.split("-")[0].lower() for file in wheels.glob("*.whl")}
    needed += [name for name in ("onnx", "tensorrt") if name in extra]
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-index", "--find-links", str(wheels), *needed], check=True)
    return python


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 if something ran and all of it gave the CPU's plates."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheels", type=Path, help="folder of wheels to make an environment of")
    parser.add_argument("--out", type=Path, default=ROOT / "build/gpu/results.json")
    parser.add_argument("--cache", type=Path, default=ROOT / "build/gpu/engines")
    parser.add_argument("--dry-run", action="store_true", help="the CPU in every variant's place")
    asked = parser.parse_args(arguments)
    if asked.wheels is not None:
        python = environment(asked.wheels, ROOT / "build/gpu/venv")
        command = [str(python), __file__, "--out", str(asked.out), "--cache", str(asked.cache)]
        command += ["--dry-run"] if asked.dry_run else []
        return subprocess.run(command, check=False).returncode
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return 0 if is_good(run(asked.out, asked.cache, dry_run=asked.dry_run)) else 1


if __name__ == "__main__":
    sys.exit(main())
