"""Checks a bundle as far as can be without labelled pictures: files, manifest, models, one run."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from platestream.vision.models.bundle import ModelBundle
from platestream.vision.models.manifest import Manifest
from platestream.vision.models.providers import CPU
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleReport:
    """What was verified.

    Attributes:
        path: The bundle's folder.
        manifest: Its manifest.
        size: Bytes of all models.
    """

    path: Path
    manifest: Manifest
    size: int


def verify_bundle(path: Path | str | None = None) -> BundleReport:
    """Load a bundle, open its models on the CPU and run each once, in every precision.

    Args:
        path: The bundle's folder; the packaged one when None.

    Raises:
        BundleError: if anything is not as the manifest says.
        ProviderError: if onnxruntime is not installed.
    """
    bundle = ModelBundle.load(path)
    for precision in bundle.precisions:
        settings = VisionSettings(batch_buckets=(1,), providers=(CPU,), precision=precision)
        reader = PlateReader(bundle, settings=settings)
        reader.warm_up()
        reader.read([np.zeros((64, 64, 3), np.uint8)])
    return BundleReport(path=bundle.path, manifest=bundle.manifest, size=bundle.size)
