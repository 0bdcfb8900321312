"""``platestream models use`` and ``rollback``: pointers to bundles side by side."""

from pathlib import Path

import pytest

from platestream.cli.exits import CliError
from platestream.cli.models.shelf import Shelf
from platestream.vision.models.bundle import ModelBundle
from tests.vision.tiny_models import write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        write_bundle(tmp_path / f"tiny-{version}", change={"version": version})
    return tmp_path


def _in_use(folder: Path) -> str:
    return ModelBundle.load(folder / "current").model.version


def test_there_and_back_and_there_again(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.use("tiny-1.0.0")
    shelf.use("tiny-2.0.0")
    assert _in_use(folder) == "2.0.0"
    assert (shelf.roll_back(), _in_use(folder)) == ("tiny-1.0.0", "1.0.0")
    assert (shelf.roll_back(), _in_use(folder)) == ("tiny-2.0.0", "2.0.0")
    shelf.use("tiny-2.0.0")
    assert shelf.roll_back() == "tiny-1.0.0"


def test_a_bad_bundle_is_not_pointed_to(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.use("tiny-1.0.0")
    (folder / "tiny-2.0.0" / "refiner.onnx").write_bytes(b"other")
    with pytest.raises(CliError, match="checksum"):
        shelf.use("tiny-2.0.0")
    with pytest.raises(CliError, match="no bundle before"):
        shelf.roll_back()
    assert _in_use(folder) == "1.0.0"


@pytest.mark.parametrize("name", ["../tiny-1.0.0", ".", "nothing"])
def test_only_what_lies_in_the_folder_may_be_used(folder: Path, name: str) -> None:
    with pytest.raises(CliError):
        Shelf(folder / "tiny-2.0.0").use(name)


def test_a_pointer_that_is_a_text_file_stays_one(folder: Path) -> None:
    (folder / "current").write_text("tiny-1.0.0\n")
    Shelf(folder).use("tiny-3.0.0")
    assert (folder / "current").read_text() == "tiny-3.0.0\n"
    assert _in_use(folder) == "3.0.0"
