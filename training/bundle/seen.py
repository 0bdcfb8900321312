"""What a bundle's models see in training pictures: what quantisation is calibrated on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import cv2
import numpy as np

from platestream.cli.evaluate.labels import read_labels
from platestream.vision.models.session import ModelSession
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings
from training.detector.photos import training_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from platestream.vision.models.bundle import ModelBundle

    Inputs = dict[str, list[NDArray[np.uint8]]]

CROP_FOLDERS: Final = ("lprnet_pytorch_test_crops", "ccpd_crops_extra", "easypr_train_crops")
"""Folders of plate crops whose licence permits training."""
# Of each folder. Ranges settle after some dozens of pictures; calibrating a detector on 150 of
# them takes two minutes of one core.
PICTURES_PER_FOLDER: Final = 20
# Runs of each model that are kept, spread over all.
MOST_RUNS: Final = 120


def seen_by_models(bundle: ModelBundle, data: Path, *, seed: int = 1) -> Inputs:
    """Return the inputs of each float32 model, by its file, from reading training pictures.

    Args:
        bundle: The models.
        data: Folder of the labelled folders; only what may train is read.
        seed: Which pictures are taken.
    """
    seen: Inputs = defaultdict(list)
    run = ModelSession.run

    def noted(session: ModelSession, *arrays: NDArray[np.uint8]) -> Any:
        seen[session.label].append(np.array(arrays[0]))
        return run(session, *arrays)

    rng = np.random.default_rng(seed)
    reader = PlateReader(bundle, settings=VisionSettings(threads=1, precision="float32"))
    with mock.patch.object(ModelSession, "run", noted):
        for photo in _pictures(_photos(data), rng):
            reader.read([photo])
        for crop in _pictures(_crops(data), rng):
            reader.read_crops([crop])
    return {file: _spread(inputs) for file, inputs in seen.items()}


def _photos(data: Path) -> dict[str, list[Path]]:
    folders: dict[str, list[Path]] = defaultdict(list)
    for file in training_files(data):
        folders[file.folder].append(file.path)
    return folders


def _crops(data: Path) -> dict[str, list[Path]]:
    return {
        folder: [one.path for one in read_labels([data / folder / "labels.csv"], split="train")]
        for folder in CROP_FOLDERS
    }


def _pictures(
    folders: dict[str, list[Path]], rng: np.random.Generator
) -> Iterator[NDArray[np.uint8]]:
    for paths in folders.values():
        count = min(len(paths), PICTURES_PER_FOLDER)
        for place in sorted(rng.choice(len(paths), count, replace=False).tolist()):
            picture = cv2.imread(str(paths[place]), cv2.IMREAD_COLOR)
            if picture is not None:
                yield np.asarray(picture, np.uint8)


def _spread(inputs: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    step = max(1, -(-len(inputs) // MOST_RUNS))
    return list(inputs[::step])
