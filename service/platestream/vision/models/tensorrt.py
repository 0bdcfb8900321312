"""TensorRT's options that follow from a model: explicit shapes, and where its engines are kept.

An engine is compiled for one GPU, one version of TensorRT, one model and one range of shapes; used
with another it is refused at best. So each such combination has a folder of its own. Shapes are
named beforehand, since an engine that first meets them in service is compiled there, for minutes.

None of this was run on a GPU yet: what is tested is that the options are what TensorRT's provider
documents.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

Shape = tuple[int, ...]

_DRIVER: Final = Path("/proc/driver/nvidia/gpus")
_PACKAGES: Final = ("tensorrt-cu13", "tensorrt-cu12", "tensorrt_cu13", "tensorrt_cu12", "tensorrt")
_KEY_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Shapes:
    """A model's input, and for each profile its shape, the largest batch first in it."""

    name: str
    largest: tuple[Shape, ...]


def options_of(
    model: bytes, shapes: Shapes, given: dict[str, str], cache: Path | None, runtime_version: str
) -> dict[str, str]:
    """Return TensorRT's options for one model; those that are given stand over the shapes.

    Args:
        model: The ONNX file's bytes.
        shapes: What it is compiled for.
        given: Options that are set already.
        cache: Where engines are kept; None for where onnxruntime keeps them.
        runtime_version: Of onnxruntime.
    """
    options = shape_options(shapes) | given
    if cache is None:
        return options
    versions = library_versions(runtime_version)
    key = engine_key(model, shapes.largest, options, gpu=gpu_name(), versions=versions)
    return options | cache_options(cache, key)


def shape_options(shapes: Shapes) -> dict[str, str]:
    """Return explicit profiles: each from a batch of one up to its largest."""
    name, largest = shapes.name, shapes.largest
    if not largest:
        return {}
    smallest = [(1, *shape[1:]) for shape in largest]
    return {
        "trt_profile_min_shapes": _shown(name, smallest),
        # Full batches are what a busy service runs, and what is worth being fast.
        "trt_profile_opt_shapes": _shown(name, largest),
        "trt_profile_max_shapes": _shown(name, largest),
    }


def cache_options(folder: Path, key: str) -> dict[str, str]:
    """Return where engines and timings of a key are kept; the folder comes into being."""
    own = folder / key
    own.mkdir(parents=True, exist_ok=True)
    return {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(own),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(own),
    }


def engine_key(
    model: bytes, shapes: Sequence[Shape], options: dict[str, str], *, gpu: str, versions: str
) -> str:
    """Return the name of an engine's folder: readable, and different for whatever matters.

    Args:
        model: The ONNX file's bytes.
        shapes: Those of its profiles.
        options: Of the provider, such as FP16.
        gpu: The card's name.
        versions: Of TensorRT and onnxruntime.
    """
    digest = hashlib.sha256(model)
    for part in (repr(list(shapes)), repr(sorted(options.items())), gpu, versions):
        digest.update(b"\0" + part.encode())
    card = re.sub(r"[^a-z0-9]+", "-", gpu.lower()).strip("-") or "gpu"
    return f"{card}-{digest.hexdigest()[:_KEY_LENGTH]}"


def gpu_name(driver: Path = _DRIVER) -> str:
    """Return the name of the first card as the driver tells it; ``unknown`` where it does not."""
    for file in sorted(driver.glob("*/information")):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found = re.search(r"^Model:\s*(.+)$", text, re.MULTILINE)
        if found:
            return found[1].strip()
    return "unknown"


def library_versions(runtime_version: str) -> str:
    """Return the versions of TensorRT, where a package tells it, and of onnxruntime."""
    for package in _PACKAGES:
        try:
            return f"tensorrt {metadata.version(package)}, onnxruntime {runtime_version}"
        except metadata.PackageNotFoundError:
            continue
    return f"tensorrt unknown, onnxruntime {runtime_version}"


def _shown(name: str, shapes: Sequence[Shape]) -> str:
    return ",".join(f"{name}:{'x'.join(map(str, shape))}" for shape in shapes)
