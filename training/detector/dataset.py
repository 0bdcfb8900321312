"""Batches for the trainer: deterministic from (seed, batch number), made in a worker process."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from training.checkpoint import leave_stopping_to_trainer
from training.detector.losses import Targets
from training.detector.photos import (
    Photo,
    cut_places,
    load_photo,
    read_places,
    rectified_plates,
    training_files,
)
from training.detector.samples import make_sample
from training.detector.sources import Sources

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

# Height and width of training pictures, multiples of 32; small ones train faster, a few as large as
# in service keep large plates and wide context in view.
SHAPES = (
    *((256, 256),) * 6,
    *((320, 320),) * 5,
    *((256, 416),) * 2,
    *((384, 384),) * 2,
    (448, 448),
    (384, 640),
    (640, 384),
)
# Pixels of a batch per picture of its nominal number: batches of large pictures have fewer.
_AREA = 320 * 320
# Share of the batches (of small pictures) drawn at twice the canvas' resolution, so that the
# refining network sees patches as sharp as a picture at full resolution gives them.
SHARP = 0.25
_SHARP_UP_TO = 320 * 320
IGNORED_FILE = Path(__file__).with_name("ignored.csv")
# Places of training photos that an earlier detector took for plates.
MISTAKEN_FILE = Path(__file__).with_name("mistaken.csv")


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures uint8 ``[N,H,W,3]`` with labels; maybe the same at twice the resolution."""

    images: torch.Tensor
    targets: Targets
    sharp: torch.Tensor | None = None


def rendered_plates(count: int, seed: int) -> list[NDArray[np.uint8]]:
    """Render upright plates of random kinds for pasting."""
    from training.render import render_plate

    rng = np.random.default_rng([seed, 77])
    plates = []
    for _ in range(count):
        image = render_plate(rng).image
        scale = min(1.0, 320 / image.shape[1])
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        plates.append(cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
    return plates


def drawn_photos(count: int, seed: int) -> list[Photo]:
    """Draw whole scenes without any photograph, with their true corners."""
    from training.detector.photos import LabelledPlate, pyramid
    from training.scenes.scene import draw_scene

    photos = []
    for index in range(count):
        scene = draw_scene(np.random.default_rng([seed, 78, index]), width=960, height=544)
        plates = [LabelledPlate(p.corners, 1.0, p.text) for p in scene.plates]
        photos.append(Photo(f"drawn/{index}", pyramid(scene.image), plates))
    return photos


def read_scenes(folder: Path) -> list[Photo]:
    """Load scenes that ``python -m training.scenes.demo`` wrote."""
    from training.detector.photos import LabelledPlate, pyramid

    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    photos = []
    for name, plates in sorted(truth.items()):
        image = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"not a picture: {name}")
        labelled = [
            LabelledPlate(np.array(plate["corners"], np.float32), 1.0, plate["text"])
            for plate in plates
        ]
        photos.append(Photo(f"drawn/{name}", pyramid(image.astype(np.uint8)), labelled))
    return photos


def build_sources(
    root: Path | None,
    *,
    plates: int,
    scenes: int,
    seed: int,
    limit: int | None = None,
    scene_folder: Path | None = None,
) -> Sources:
    """Load photos (when ``root`` is given) and make plates and scenes.

    Args:
        root: folder with the labelled photo folders, or None to train on drawings alone.
        plates: how many plates to render for pasting.
        scenes: how many scenes to draw.
        seed: seed of plates and scenes.
        limit: at most so many photos per folder, for quick trials.
        scene_folder: scenes drawn before, to load instead of drawing.
    """
    groups: dict[str, list[Photo]] = {}
    patches: list[NDArray[np.uint8]] = []
    if root is not None:
        ignored, mistaken = read_places(IGNORED_FILE), read_places(MISTAKEN_FILE)
        for file in training_files(root):
            group = groups.setdefault(file.folder, [])
            if limit is not None and len(group) >= limit:
                continue
            photo = load_photo(file, ignored=ignored.get(file.name, []))
            group.append(photo)
            patches += cut_places(photo, mistaken.get(file.name, []), file)
        patches += [photo.levels[0] for photo in groups.pop("easypr_negative_patches", [])]
    bank = [crop for group in groups.values() for crop in rectified_plates(group)]
    log.info("photos %s", {name: len(group) for name, group in groups.items()})
    # Real plates are few: show each about as often as four rendered ones of the usual bank.
    bank = bank * max(1, plates // (4 * max(len(bank), 1)))
    bank += rendered_plates(plates, seed) if plates else []
    if scene_folder is not None:
        groups["drawn"] = read_scenes(scene_folder)
    elif scenes:
        groups["drawn"] = drawn_photos(scenes, seed)
    log.info("plates to paste: %d, scenes: %d", len(bank), len(groups.get("drawn", [])))
    return Sources(groups, patches, bank)


class Batches(Dataset[Batch]):
    """Batch ``i`` of an endless, reproducible stream."""

    def __init__(self, sources: Sources, *, seed: int, batch: int) -> None:
        self.sources = sources
        self.seed = seed
        self.batch = batch

    def __getitem__(self, index: int) -> Batch:
        """Make batch number ``index``."""
        rng = np.random.default_rng([self.seed, 1, index])
        height, width = SHAPES[int(rng.integers(len(SHAPES)))]
        unit = 2 if height * width <= _SHARP_UP_TO and rng.random() < SHARP else 1
        count = max(min(round(self.batch * _AREA / (height * width)), self.batch), 1)
        images, sharp, quads, picture, trust = [], [], [], [], []
        ignored, ignored_picture = [], []
        for number in range(count):
            view = make_sample(self.sources, rng, width * unit, height * unit, unit)
            image = view.image
            if unit > 1:
                sharp.append(image)
                small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
                image = small.astype(np.uint8)
            images.append(image)
            for plate in view.plates:
                quads.append((plate.quad + 0.5) / unit - 0.5)
                picture.append(number)
                trust.append(plate.trust)
            for quad in view.ignored:
                box = np.concatenate([quad.min(0), quad.max(0)])
                ignored.append((box + 0.5) / unit - 0.5)
                ignored_picture.append(number)
        targets = Targets(
            quads=torch.from_numpy(np.array(quads, np.float32).reshape(-1, 4, 2)),
            picture=torch.tensor(picture, dtype=torch.long),
            trust=torch.tensor(trust, dtype=torch.float32),
            ignored=torch.from_numpy(np.array(ignored, np.float32).reshape(-1, 4)),
            ignored_picture=torch.tensor(ignored_picture, dtype=torch.long),
        )
        return Batch(
            torch.from_numpy(np.stack(images)),
            targets,
            torch.from_numpy(np.stack(sharp)) if sharp else None,
        )


def _begin_worker(_: int) -> None:
    leave_stopping_to_trainer()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def loader(dataset: Batches, *, start: int, stop: int, workers: int) -> DataLoader[Batch]:
    """Batches ``start`` .. ``stop`` in order; with workers, made ahead in other processes."""
    return DataLoader(
        dataset,
        batch_size=None,
        sampler=range(start, stop),
        num_workers=workers,
        prefetch_factor=6 if workers else None,
        worker_init_fn=_begin_worker,
    )
