"""The frames that speed is measured on: 720p, 1080p and 4K with no, one and four plates.

Made at run time by a fixed seed and kept in a cache: held-out photos of two permitted sets, pasted
on drawn streets; without the folder of photos, the demonstration's drawn scenes in their place. A
frame always has four such parts. The parts without a plate are photos cut off above theirs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from platestream.cli.evaluate.labels import LabelledPicture, LabelledPlate, read_labels
from training.scenes.backgrounds import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from platestream.vision.arrays import UInt8Array

SIZES: Final = {"720p": (720, 1280), "1080p": (1080, 1920), "4K": (2160, 3840)}
PLATES: Final = (0, 1, 4)
# Photos of one car each, permitted for any use, whose plates are located well.
_FOLDERS: Final = ("ccpd_subset", "easypr_general_test")
_SCENES: Final = Path(__file__).parents[2] / "service/platestream/cli/demo_pictures"
_PARTS: Final = 4
# Of a plate, pixels in a frame of 720 rows; photos are never enlarged.
_HEIGHTS: Final = (16.0, 32.0)
_QUALITY: Final = 88
# Changed with anything above or below that changes a pixel.
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class SpeedFrame:
    """A frame: its name by size and plates, its file and what stands in it."""

    size: str
    plates: int
    labelled: LabelledPicture

    @property
    def path(self) -> Path:
        """The JPEG file."""
        return self.labelled.path


@dataclass(frozen=True, slots=True)
class _Part:
    """A picture, uint8 BGR ``[H, W, 3]``, with one plate: corners ``[4, 2]`` and text."""

    picture: UInt8Array
    corners: NDArray[np.float64]
    text: str


def speed_frames(
    data: Path | None, cache: Path, *, each: int = 3, seed: int = 7
) -> tuple[list[SpeedFrame], str]:
    """Return ``each`` frames of every size and number of plates, and what they are made of.

    Args:
        data: Folder of the photo sets; drawn scenes take their place where it is not there.
        cache: Where frames are kept.
        each: How many of a kind.
        seed: The same one gives the same frames.
    """
    rows = _photo_rows(data)
    source = "held-out photos on drawn streets" if rows else "drawn scenes"
    folder = cache / f"frames-{'photos' if rows else 'scenes'}-{_VERSION}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for size, shape in SIZES.items():
        for plates in PLATES:
            for number in range(each):
                file = folder / f"{size}-{plates}-{number}.jpg"
                labels = file.with_suffix(".json")
                if not labels.exists():
                    rng = np.random.default_rng([seed, shape[0], plates, number])
                    parts = _photos(rows, rng) if rows else _scene_parts(rng)
                    picture, found = _compose(parts, rng, shape, plates)
                    cv2.imwrite(str(file), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
                    labels.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
                frames.append(SpeedFrame(size, plates, _labelled(file, labels)))
    return frames, source


def _labelled(file: Path, labels: Path) -> LabelledPicture:
    rows: list[dict[str, Any]] = json.loads(labels.read_text(encoding="utf-8"))
    plates = tuple(
        LabelledPlate(row["text"], tuple((x, y) for x, y in row["corners"]), "corners")
        for row in rows
    )
    kind: Any = "corners" if plates else "none"
    return LabelledPicture(path=file, dataset="speed", kind=kind, plates=plates)


def _photo_rows(data: Path | None) -> list[LabelledPicture]:
    if data is None:
        return []
    return [
        row
        for folder in _FOLDERS
        if (data / folder / "labels.csv").exists()
        for row in read_labels([data / folder / "labels.csv"], split="dev")
        if len(row.plates) == 1 and row.plates[0].corners and row.plates[0].text
    ]


def _photos(rows: Sequence[LabelledPicture], rng: np.random.Generator) -> Iterator[_Part]:
    while True:
        row = rows[int(rng.integers(len(rows)))]
        picture = cv2.imread(str(row.path))
        if picture is not None:
            corners = np.array(row.plates[0].corners, np.float64)
            yield _Part(np.asarray(picture, np.uint8), corners, row.plates[0].text)


def _scene_parts(rng: np.random.Generator) -> Iterator[_Part]:
    """Parts of the demonstration's scenes, each with one plate in it."""
    truth: dict[str, Any] = json.loads((_SCENES / "truth.json").read_text(encoding="utf-8"))
    plates = [(name, plate) for name, found in truth.items() for plate in found]
    while True:
        name, plate = plates[int(rng.integers(len(plates)))]
        corners = np.array(plate["corners"], np.float64)
        low, high = corners.min(axis=0), corners.max(axis=0)
        wide = high[0] - low[0]
        left, top = (int(max(0, value)) for value in (low[0] - 1.5 * wide, low[1] - 2 * wide))
        right, bottom = int(high[0] + 1.5 * wide), int(high[1] + wide / 2)
        others = [np.array(one["corners"]).mean(axis=0) for one in truth[name] if one is not plate]
        if any(left <= x <= right and top <= y <= bottom for x, y in others):
            continue
        picture = cv2.imread(str(_SCENES / name))
        if picture is not None:
            part = np.ascontiguousarray(picture[top:bottom, left:right])
            yield _Part(np.asarray(part, np.uint8), corners - (left, top), plate["text"])


def _compose(
    parts: Iterator[_Part], rng: np.random.Generator, shape: tuple[int, int], plates: int
) -> tuple[UInt8Array, list[dict[str, Any]]]:
    place = PLACES[int(rng.integers(len(PLACES)))]
    drawn, _ = place(rng, shape[1] // 2, shape[0] // 2)
    small = np.clip(drawn, 0, 255).astype(np.uint8)
    frame = np.asarray(cv2.resize(small, shape[::-1]), np.uint8)
    found: list[dict[str, Any]] = []
    taken: list[tuple[int, int, int, int]] = []
    done = 0
    for _ in range(400):  # a part that fits nowhere gives way to another
        if done == _PARTS:
            break
        part = next(parts)
        wanted = rng.uniform(*_HEIGHTS) * shape[0] / 720
        sides = np.linalg.norm(np.roll(part.corners, -1, axis=0) - part.corners, axis=1)
        scale = min(1.0, wanted / ((sides[1] + sides[3]) / 2))
        picture = part.picture
        if done >= plates:
            picture = picture[: max(0, int(part.corners[:, 1].min() - sides[1] / 2))]
        size = [round(side * scale) for side in picture.shape[1::-1]]
        spot = _spot(rng, shape, size, taken) if min(size) >= 32 else None
        if spot is None:
            continue
        left, top = spot
        taken.append((left, top, left + size[0], top + size[1]))
        reduced = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        frame[top : top + size[1], left : left + size[0]] = reduced
        if done < plates:
            moved = (part.corners + 0.5) * scale - 0.5 + (left, top)
            found.append({"text": part.text, "corners": moved.round(2).tolist()})
        done += 1
    if len(found) != plates:
        raise RuntimeError(f"no room for {plates} plates in {shape[1]} x {shape[0]} pixels")
    return frame, found


def _spot(
    rng: np.random.Generator,
    shape: tuple[int, int],
    size: Sequence[int],
    taken: Sequence[tuple[int, int, int, int]],
) -> tuple[int, int] | None:
    """A place for ``size``, width and height, that covers nothing; None where none was found."""
    if size[0] > shape[1] or size[1] > shape[0]:
        return None
    for _ in range(30):
        left = int(rng.integers(0, shape[1] - size[0] + 1))
        top = int(rng.integers(0, shape[0] - size[1] + 1))
        right, bottom = left + size[0], top + size[1]
        if not any(
            left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
            for other in taken
        ):
            return left, top
    return None
