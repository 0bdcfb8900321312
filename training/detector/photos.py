"""Loads the permitted photographs once, shrunk, as uint8 pyramids."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.geometry import Quad, box_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Image = NDArray[np.uint8]

TRAIN_FOLDERS = (
    "ccpd_subset",
    "easypr_general_test",
    "kaggle_car_plate_detection",
    "robertlucian_dashcam",
    "egypt_motorcycle",
    "cn_hand_labelled",
    "openimages_plates",
    "thailand_photos",
    "thailand_cars",
    "russia_web",
    "philippines_photos",
    "poland_web",
    "poland_photos",
    "korea_cvlab",
    "easypr_negative_patches",
)
"""Photo folders whose licence permits training the bundled weights."""

PERMITTED_ORIGINS = {"cn_hand_labelled": ("PasserbyZzz/", "sakurasep/")}
"""Folders of mixed licence: only files whose origin starts with one of these may train."""

# How far a folder's corners can be trusted: rotated rectangles are close to the plate's corners,
# upright boxes say nothing about the corners inside them.
CORNER_TRUST = {
    "ccpd_subset": 1.0,
    "cn_hand_labelled": 0.7,
    "easypr_general_test": 0.5,
    "poland_photos": 0.7,
}

MAX_SIDE = 1024


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    """One plate of a photo: corners in pixels, trust in them (0: only their box is right)."""

    quad: Quad
    trust: float
    text: str = ""


@dataclass(slots=True)
class Photo:
    """A photo as a pyramid (full, half, quarter) with its labels in full-level pixels."""

    name: str
    levels: list[Image]
    plates: list[LabelledPlate]
    ignored: list[Quad] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the full level."""
        return self.levels[0].shape[1], self.levels[0].shape[0]


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One file of a labelled folder with its plates in pixels of the file."""

    folder: str
    path: Path
    split: str
    plates: list[LabelledPlate]

    @property
    def name(self) -> str:
        """Folder and file."""
        return f"{self.folder}/{self.path.name}"


def upright_order(quad: Quad) -> Quad:
    """Start the corners at the plate's top-left one.

    Some labels come from rotated rectangles whose first corner is any of the four. Plates tilted by
    more than 45 degrees do not occur in the folders, so the top edge is the one that runs most to
    the right.
    """
    runs = np.roll(quad, -1, 0)[:, 0] - quad[:, 0]
    length = np.linalg.norm(np.roll(quad, -1, 0) - quad, axis=1)
    return np.roll(quad, -int(np.argmax(runs / np.maximum(length, 1e-6))), 0)


def read_labels(root: Path, folder: str) -> list[LabelledFile]:
    """Read ``labels.csv`` of a folder, one entry per file, in file order.

    Files whose plates have no place (``kind=text``) are left out.

    Raises:
        FileNotFoundError: the folder has no labels.
    """
    rows: dict[str, list[dict[str, str]]] = {}
    with (root / folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row["file"], []).append(row)
    files = []
    for name, entries in sorted(rows.items()):
        if any(row["kind"] == "text" for row in entries):
            continue
        plates = []
        for row in entries:
            if not row["x1"] or row["kind"] == "none":
                continue
            quad = np.array(
                [[float(row[f"x{i}"]), float(row[f"y{i}"])] for i in range(1, 5)], np.float32
            )
            quad = upright_order(quad)
            trust = CORNER_TRUST.get(folder, 1.0 if row["kind"] == "corners" else 0.0)
            plates.append(LabelledPlate(quad, trust, row["text"]))
        files.append(LabelledFile(folder, root / folder / name, entries[0]["split"], plates))
    return files


def permitted(root: Path, folder: str) -> set[str]:
    """Names of a folder's files that may train, by origin where the licence is mixed."""
    files = {file.path.name for file in read_labels(root, folder)}
    starts = PERMITTED_ORIGINS.get(folder)
    if starts is None:
        return files
    with (root / folder / "origins.csv").open(encoding="utf-8", newline="") as stream:
        origins = {row["file"]: row["original"] for row in csv.DictReader(stream)}
    return {name for name in files if origins.get(name, "").startswith(starts)}


def training_files(root: Path) -> Iterator[LabelledFile]:
    """All files that may train: permitted folders, ``train`` split."""
    for folder in TRAIN_FOLDERS:
        allowed = permitted(root, folder)
        for file in read_labels(root, folder):
            if file.split == "train" and file.path.name in allowed:
                yield file


def pyramid(image: Image) -> list[Image]:
    """Full, half and quarter size, by area averaging."""
    levels = [image]
    for _ in range(2):
        h, w = levels[-1].shape[:2]
        size = (max(w // 2, 1), max(h // 2, 1))
        half = cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA)
        levels.append(half.astype(np.uint8))
    return levels


def load_photo(file: LabelledFile, max_side: int = MAX_SIDE, ignored: Sequence[Quad] = ()) -> Photo:
    """Decode one file, shrink it to ``max_side`` and scale its labels and ignored areas.

    Raises:
        ValueError: the file is not a picture.
    """
    image = cv2.imread(str(file.path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"not a picture: {file.path.name}")
    scale = min(1.0, max_side / max(image.shape[:2]))
    if scale < 1.0:
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    plates = [
        LabelledPlate((p.quad + 0.5) * np.float32(scale) - 0.5, p.trust, p.text)
        for p in file.plates
    ]
    skipped = [(quad + 0.5) * np.float32(scale) - 0.5 for quad in ignored]
    return Photo(file.name, pyramid(image.astype(np.uint8)), plates, skipped)


def read_places(path: Path) -> dict[str, list[Quad]]:
    """Read boxes by file: ``file,x0,y0,x1,y1`` in stored-file pixels; empty where there are none.

    They are plates that nobody labelled (neither plate nor background in training), or what was
    taken for plates and is none.
    """
    places: dict[str, list[Quad]] = {}
    if not path.exists():
        return places
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            x0, y0, x1, y1 = (float(row[key]) for key in ("x0", "y0", "x1", "y1"))
            quad = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
            places.setdefault(row["file"], []).append(quad)
    return places


def cut_places(photo: Photo, boxes: Sequence[Quad], file: LabelledFile) -> list[Image]:
    """Cut boxes of a file, with some of what is around them, out of its loaded photo."""
    if not boxes:
        return []
    stored = cv2.imread(str(file.path), cv2.IMREAD_COLOR)
    scale = photo.size[0] / stored.shape[1] if stored is not None else 1.0
    pieces = []
    for box in boxes:
        x0, y0, x1, y1 = box_of(np.asarray(box * np.float32(scale), np.float32))
        margin = 0.12 * (x1 - x0)
        left, top = max(int(x0 - margin), 0), max(int(y0 - margin), 0)
        piece = photo.levels[0][top : int(y1 + margin) + 1, left : int(x1 + margin) + 1]
        if min(piece.shape[:2]) > 3:
            pieces.append(piece.copy())
    return pieces


def rectified_plates(photos: list[Photo], *, least_height: float = 18.0) -> list[Image]:
    """Cut plates with trusted corners out of photos, upright, for pasting elsewhere."""
    crops = []
    for photo in photos:
        for plate in photo.plates:
            if plate.trust < 0.7:
                continue
            q = plate.quad
            width = float(np.linalg.norm(q[1] - q[0]) + np.linalg.norm(q[2] - q[3])) / 2
            height = float(np.linalg.norm(q[3] - q[0]) + np.linalg.norm(q[2] - q[1])) / 2
            x0, y0, x1, y1 = box_of(q)
            inside = x0 >= 0 and y0 >= 0 and x1 <= photo.size[0] and y1 <= photo.size[1]
            if height < least_height or not inside:
                continue
            w, h = int(width * 1.2), int(height * 1.2)
            target = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
            matrix = cv2.getPerspectiveTransform(q.astype(np.float32), target)
            crops.append(cv2.warpPerspective(photo.levels[0], matrix, (w, h)).astype(np.uint8))
    return crops
