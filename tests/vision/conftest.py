"""The stand-in bundle and readers over it."""

from pathlib import Path

import pytest

from platestream.vision.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from tests.vision.tiny_models import write_bundle


@pytest.fixture(scope="session")
def tiny_bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="session")
def tiny_bundle(tiny_bundle_path: Path) -> ModelBundle:
    return ModelBundle.load(tiny_bundle_path)


@pytest.fixture(scope="session")
def reader(tiny_bundle: ModelBundle) -> PlateReader:
    return PlateReader(tiny_bundle, threads=1)
