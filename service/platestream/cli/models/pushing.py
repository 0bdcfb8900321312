"""Storing a bundle in an OCI registry: each file a layer with its name, as the oras client does."""

from pathlib import Path
from typing import Final

from platestream.cli.models.registry import TITLE, Registry
from platestream.vision.models.bundle import MANIFEST_NAME, ModelBundle

_MEDIA_TYPES: Final = {".json": "application/json", ".md": "text/markdown"}
_OTHER: Final = "application/octet-stream"
_CARD: Final = "MODEL_CARD.md"


def push(folder: Path, host: str, repository: str, tag: str, *, insecure: bool = False) -> str:
    """Store the files of a bundle: manifest, models and, where there is one, the card.

    Returns:
        The digest of the artefact.

    Raises:
        BundleError: If it is no good bundle.
        PullError: If the registry refuses it.
        BrokenOffError: If the registry cannot answer now.
    """
    bundle = ModelBundle.load(folder)
    contents = {MANIFEST_NAME: (bundle.path / MANIFEST_NAME).read_bytes(), **bundle.models}
    if (bundle.path / _CARD).is_file():
        contents[_CARD] = (bundle.path / _CARD).read_bytes()
    with Registry(host, repository, insecure=insecure) as registry:
        layers = [
            {
                "mediaType": _MEDIA_TYPES.get(Path(name).suffix, _OTHER),
                **registry.push_blob(content),
                "annotations": {TITLE: name},
            }
            for name, content in contents.items()
        ]
        return registry.push_manifest(tag, layers)
