"""The stand-in bundle and readers over it."""

from pathlib import Path

import pytest

from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings
from tests.vision.tiny_models import write_bundle


@pytest.fixture(scope="session")
def tiny_bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="session")
def tiny_bundle(tiny_bundle_path: Path) -> ModelBundle:
    return ModelBundle.load(tiny_bundle_path)


@pytest.fixture(scope="session")
def reader(tiny_bundle: ModelBundle) -> PlateReader:
    # The numbers of the tiny models are of no country.
    return PlateReader(tiny_bundle, settings=VisionSettings(threads=1, regions=()))
