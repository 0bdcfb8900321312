"""Model bundles: a folder with a manifest, ONNX files and their card, checked when loaded."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Self

from pydantic import ValidationError

from platestream.contract.readings import ModelRef
from platestream.vision.models.manifest import Manifest
from platestream.vision.models.pointer import PointerError, bundle_folder
from platestream.vision.models.precision import Precision

MANIFEST_NAME: Final = "manifest.json"
# A manifest is some kilobytes; anything larger is not one.
_MAX_MANIFEST_BYTES: Final = 1024 * 1024


class BundleError(Exception):
    """A model bundle that is missing, damaged or not what its manifest says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBundle:
    """A bundle whose files are all there and have the checksums of the manifest.

    The models are held as bytes, so that what was checked is what runs.

    Attributes:
        path: The folder.
        manifest: What it says of the models.
        models: The bytes of each ONNX file, by its name.
    """

    path: Path
    manifest: Manifest
    models: Mapping[str, bytes]

    @property
    def model(self) -> ModelRef:
        """Name and version, as events carry them."""
        return ModelRef(self.manifest.name, self.manifest.version)

    @property
    def size(self) -> int:
        """Bytes of all models."""
        return sum(map(len, self.models.values()))

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """The forms that it has, the best known first."""
        parts = (self.manifest.detector, self.manifest.refiner, self.manifest.recognizer)
        has_int8 = any(part.int8 is not None for part in parts)
        return ("float32", "int8") if has_int8 else ("float32",)

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """Read and check a bundle folder, or what points to one; the packaged one when None.

        Raises:
            BundleError: if a file is missing, the manifest is not valid or a checksum differs.
        """
        try:
            folder = default_bundle_path() if path is None else bundle_folder(Path(path))
        except PointerError as error:
            raise BundleError(str(error)) from None
        manifest = _read_manifest(folder / MANIFEST_NAME)
        models = {one.file: _read_model(folder / one.file, one.sha256) for one in manifest.files}
        return cls(path=folder, manifest=manifest, models=models)


def bundles_folder() -> Path:
    """Return the folder of the bundles that ship with the package."""
    return Path(str(resources.files("platestream.vision"))) / "bundles"


def default_bundle_path() -> Path:
    """Return the folder of the bundle used when none is named."""
    return bundles_folder() / "base"


def list_bundles(folder: Path | None = None) -> list[Path]:
    """Return the bundle folders (those with a manifest) in ``folder``, by name.

    Args:
        folder: Where to look; the packaged bundles when None.
    """
    root = bundles_folder() if folder is None else folder
    return sorted(manifest.parent for manifest in root.glob(f"*/{MANIFEST_NAME}"))


def _read_manifest(path: Path) -> Manifest:
    try:
        if path.stat().st_size > _MAX_MANIFEST_BYTES:
            raise BundleError(f"{path}: too large for a manifest")
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'manifest'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise BundleError(f"{path}: {reasons}") from error


def _read_model(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BundleError(f"{path}: its checksum is not the one in the manifest")
    return content
