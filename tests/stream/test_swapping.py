"""Bundles that change on disk: seen, verified, tried, put in force, refused."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platestream.stream.readers import Readers
from platestream.stream.swapping import ModelSwapper
from platestream.telemetry.metrics import Metrics
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.models.pointer import PointerError, bundle_folder, point
from platestream.vision.models.settings import SwapSettings
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings
from tests.stream.waiting import wait_until
from tests.vision.tiny_models import paint_plate, refiner, scene, write_bundle

ONE_SIZE: dict[str, Any] = {"batch_buckets": (1,), "threads": 1, "regions": (), "tiling": False}


class Shelf:
    """Bundles side by side, a pointer to the one that is wanted, and a swapper that follows it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.pointer = folder / "current"
        self.metrics = Metrics()
        self.bundle("1.0.0")
        point(self.pointer, "1.0.0")
        self.readers = Readers(self._open(), self.metrics, keep_pictures=True)
        self.swapper = ModelSwapper(
            self.pointer, self.readers, self._open, SwapSettings(**settings), self.metrics
        )

    def bundle(self, version: str, **changes: Any) -> Path:
        folder = self.folder / version
        return write_bundle(folder, change={"version": version}, **changes)

    def use(self, version: str) -> None:
        point(self.pointer, version)
        self.look_twice()

    def look_twice(self) -> None:
        self.swapper.look()
        self.swapper.look()

    @property
    def version(self) -> str:
        return self.readers.current.model.version

    def count(self, outcome: str) -> float | None:
        return self.metrics.registry.get_sample_value(
            "platestream_model_swaps_total", {"outcome": outcome}
        )

    @property
    def refused(self) -> float | None:
        return self.metrics.registry.get_sample_value("platestream_model_refused")

    def _open(self) -> PlateReader:
        settings = VisionSettings(bundle=self.pointer, **ONE_SIZE)
        return PlateReader.from_settings(settings, metrics=self.metrics)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_another_bundle_comes_into_force_and_the_one_before_again(shelf: Shelf) -> None:
    shelf.bundle("2.0.0")
    point(shelf.pointer, "2.0.0")
    shelf.swapper.look()
    assert shelf.version == "1.0.0"  # it may still be on its way
    shelf.swapper.look()
    assert shelf.version == "2.0.0"
    shelf.look_twice()
    shelf.use("1.0.0")
    assert (shelf.version, shelf.count("applied"), shelf.refused) == ("1.0.0", 2, 0)


def _no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _half_a_model(folder: Path) -> None:
    file = folder / "detector.onnx"
    file.write_bytes(file.read_bytes()[:-7])


def _no_model_at_all(folder: Path) -> None:
    write_bundle(folder, change={"version": "2.0.0"}, models={"refiner": b"not a graph"})


def _gone(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("spoil", [_no_manifest, _half_a_model, _no_model_at_all, _gone])
def test_what_cannot_be_used_changes_nothing(shelf: Shelf, spoil: Callable[[Path], None]) -> None:
    spoil(shelf.bundle("2.0.0"))
    shelf.use("2.0.0")
    assert (shelf.version, shelf.count("refused"), shelf.refused) == ("1.0.0", 1, 1)
    shelf.look_twice()
    assert shelf.count("refused") == 1  # it is not tried over and over
    shelf.use("1.0.0")
    assert (shelf.refused, shelf.count("applied")) == (0, 0)


def test_what_was_refused_is_tried_again_once_it_is_whole(shelf: Shelf) -> None:
    _half_a_model(shelf.bundle("2.0.0"))
    shelf.use("2.0.0")
    shelf.bundle("2.0.0")
    shelf.look_twice()
    assert (shelf.version, shelf.refused) == ("2.0.0", 0)


def test_a_version_names_one_content(shelf: Shelf) -> None:
    other = shelf.folder / "other"
    write_bundle(other, change={"version": "1.0.0"}, models={"refiner": refiner((0.1, 0))})
    point(shelf.pointer, "other")
    shelf.look_twice()
    assert (shelf.refused, shelf.count("applied")) == (1, 0)


def test_a_bundle_that_finds_less_in_the_last_pictures_is_refused(shelf: Shelf) -> None:
    picture = scene()
    paint_plate(picture, "A1ZA", at=(200, 200))
    shelf.readers.read(shelf.readers.current, [picture], [None])
    assert len(shelf.readers.seen) == 1
    shelf.bundle("2.0.0", models={"refiner": refiner((40.0, 40.0))})
    blind = {"version": "3.0.0", "detector.score_threshold": 0.99}
    write_bundle(shelf.folder / "3.0.0", change=blind)
    shelf.use("3.0.0")
    assert (shelf.version, shelf.refused) == ("1.0.0", 1)


def test_a_folder_may_be_replaced_as_a_whole(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.pointer.unlink()
    (tmp_path / "1.0.0").rename(shelf.pointer)
    shelf.look_twice()
    assert shelf.count("refused") == 0
    shelf.pointer.rename(tmp_path / "old")
    shelf.bundle("2.0.0").rename(shelf.pointer)
    shelf.look_twice()
    assert shelf.version == "2.0.0"


def test_it_follows_by_itself_and_looks_at_once_when_woken(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, poll_seconds=3600)
    shelf.bundle("2.0.0")
    shelf.swapper.start()
    point(shelf.pointer, "2.0.0")
    shelf.swapper.wake()
    wait_until(lambda: shelf.version == "2.0.0")
    shelf.swapper.close()


def test_a_pointer_may_be_a_text_file(tmp_path: Path) -> None:
    write_bundle(tmp_path / "tiny-1")
    pointer = tmp_path / "current"
    pointer.write_text("tiny-1\n")
    assert ModelBundle.load(pointer).path == (tmp_path / "tiny-1").resolve()
    point(pointer, "tiny-2")
    assert (pointer.is_symlink(), pointer.read_text()) == (False, "tiny-2\n")


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "", "a/b", "x" * 300, "\x00", "."])
def test_a_pointer_names_only_what_is_beside_it(tmp_path: Path, name: str) -> None:
    pointer = tmp_path / "current"
    pointer.write_text(name)
    with pytest.raises(PointerError):
        bundle_folder(pointer)
    with pytest.raises(PointerError):
        point(tmp_path / "new", name)
