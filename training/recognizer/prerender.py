"""Render training crops in advance, in chunks.

``python -m training.recognizer.prerender --out build/training/recognizer/chunks --count 100000``
``python -m training.recognizer.prerender --real --out build/training/recognizer/chunks``

Rendering and training compete for the same cores when done at once; crops rendered once serve many
epochs with cheap augmentation.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from platestream.vision.recognition.rectify import rectify_one_row, whole_crop_corners
from training.recognizer import real
from training.recognizer.chunks import Example, chunk_folders, write_chunk
from training.recognizer.retaken import boxed_crops, retaken_crops
from training.recognizer.views import GEOMETRY, make_view
from training.render import PlateKind, render_plate
from training.render.glyphs import data_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_CHUNKS = Path("build/training/recognizer/chunks")
CHUNK_SIZE = 2048
# Corner noise, share of the plate's width, of the rectified real plates: what a detector makes.
_REAL_JITTER = (0.004, 0.012, 0.024)
_REAL_VARIANTS = 10
# How often each photographed plate, and each crop that is large enough, is taken anew.
_RETAKEN_PHOTOS = 12
_RETAKEN_CROPS = 4
# How many upright boxes are cut around each photographed plate.
_BOXED_PHOTOS = 8
# Weight of the pictures without a plate, relative to one per example with a plate.
_NEGATIVE_SHARE = 0.12


def background_photos(most: int = 160) -> list[NDArray[np.uint8]]:
    """Return photos for backgrounds, at most 700 px wide; none where the data are absent."""
    photos: list[NDArray[np.uint8]] = []
    for folder in real.BACKGROUND_PHOTOS:
        root = data_folder() / folder
        if not (root / "labels.csv").is_file():
            continue
        train = {item.path for item in real.labelled(folder, "train")} or set(
            sorted(root.glob("*.jpg"))[:40]
        )
        for path in sorted(train)[: most // 4]:
            photo = real.read_picture(path)
            share = min(700 / photo.shape[1], 1)
            photos.append(np.asarray(cv2.resize(photo, None, fx=share, fy=share), np.uint8))
    return photos


def rendered_example(
    rng: np.random.Generator,
    photos: list[NDArray[np.uint8]],
    kind: PlateKind | None = None,
) -> Example:
    """Return one rendered crop with its truth."""
    plate = render_plate(rng, kind)
    view = make_view(rng, plate, photos)
    unsplit = plate.rows == 2 and not view.split
    return Example(
        crop=view.crop,
        text="" if unsplit else plate.text,
        centers=np.zeros(0, np.float32) if unsplit else view.centers,
        color=plate.color,
        rows=0 if view.split else plate.rows,
    )


def real_examples(
    rng: np.random.Generator, photos: list[NDArray[np.uint8]] | None = None
) -> list[Example]:
    """Return the training split's real crops, and several views of each real plate.

    Rare provinces are drawn more often: most photos come from one.
    """
    photos = photos or []
    found: list[Example] = []
    empty = np.zeros(0, np.float32)
    for folder in real.TRAINABLE_CROPS:
        for item in real.labelled(folder, "train"):
            picture = real.read_picture(item.path)
            corners = whole_crop_corners(*picture.shape[:2])
            crop = rectify_one_row(picture, corners, GEOMETRY.without_margin())
            color = real.color_of(crop, item.text)
            found.append(Example(crop=crop, text=item.text, centers=empty, color=color, rows=1))
            found += [
                Example(crop=c, text=item.text, centers=empty, color=color, rows=1, weight=0.15)
                for c in retaken_crops(rng, picture, corners, item.text, _RETAKEN_CROPS, photos)
            ]
    for folder in real.TRAINABLE_PHOTOS:
        allowed = real.may_train(folder)
        for item in real.labelled(folder, "train"):
            if item.corners is None or not item.text or item.path.name not in allowed:
                continue
            side = float(np.linalg.norm(item.corners[1] - item.corners[0]))
            tall = float(np.linalg.norm(item.corners[3] - item.corners[0]))
            if side < 2.2 * tall:
                continue  # possibly two rows, which no label tells: left to rendering
            picture = real.read_picture(item.path)
            for _ in range(_REAL_VARIANTS):
                spread = float(rng.choice(_REAL_JITTER)) * side
                noise = rng.normal(0, spread, (4, 2)) * np.array([1, 0.5])
                crop = rectify_one_row(picture, (item.corners + noise).astype(np.float32), GEOMETRY)
                color = real.color_of(crop, item.text)
                found.append(
                    Example(
                        crop=crop,
                        text=item.text,
                        centers=empty,
                        color=color,
                        rows=1,
                        weight=1 / _REAL_VARIANTS * 2,
                    )
                )
            color = real.color_of(rectify_one_row(picture, item.corners, GEOMETRY), item.text)
            views = retaken_crops(
                rng, picture, item.corners, item.text, _RETAKEN_PHOTOS, photos
            ) + boxed_crops(rng, picture, item.corners, _BOXED_PHOTOS)
            found += [
                Example(crop=c, text=item.text, centers=empty, color=color, rows=1, weight=0.15)
                for c in views
            ]
    plates = [*found]
    shares: dict[str, float] = {}
    for example in plates:
        shares[example.text[0]] = shares.get(example.text[0], 0) + example.weight
    common = max(shares.values())
    return [
        Example(
            crop=example.crop,
            text=example.text,
            centers=empty,
            color=example.color,
            rows=1,
            weight=example.weight * min((common / shares[example.text[0]]) ** 0.5, 6),
        )
        for example in plates
    ] + negative_examples(rng, sum(shares.values()))


def negative_examples(rng: np.random.Generator, plates: float) -> list[Example]:
    """Return real pictures without a plate: their text must come out empty.

    Patches of cars from the negatives' folder, and pieces of photos away from every labelled plate.

    Args:
        rng: source of randomness.
        plates: the examples with a plate, by weight; the weights follow from it.
    """
    crops = []
    root = data_folder() / real.NEGATIVE_PATCHES
    for name in real.unlabelled(real.NEGATIVE_PATCHES, "train"):
        picture = real.read_picture(root / name)
        corners = whole_crop_corners(*picture.shape[:2])
        crops.append(rectify_one_row(picture, corners, GEOMETRY.without_margin()))
    for folder in real.TRAINABLE_PHOTOS[:2]:
        for item in real.labelled(folder, "train"):
            if item.corners is None:
                continue
            picture = real.read_picture(item.path)
            width = float(np.ptp(item.corners[:, 0])) * rng.uniform(0.5, 1.2)
            size = np.array([width, width / rng.uniform(2, 4)])
            room = np.array(picture.shape[1::-1]) - size
            if (room <= 1).any():
                continue
            start = rng.uniform([0, 0], room)
            # a wide berth: near the plate there may be part of it
            if (np.abs(start + size / 2 - item.corners.mean(0)) < size).all():
                continue
            quad = start + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size
            crops.append(rectify_one_row(picture, quad.astype(np.float32), GEOMETRY))
    weight = _NEGATIVE_SHARE * plates / max(len(crops), 1)
    empty = np.zeros(0, np.float32)
    return [
        Example(crop=crop, text="", centers=empty, color="", rows=0, weight=weight)
        for crop in crops
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_CHUNKS)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prefix", default="render", help="name of the chunks, before the number")
    parser.add_argument("--kinds", nargs="*", type=PlateKind, help="only these kinds, in turn")
    parser.add_argument("--real", action="store_true", help="write the real crops instead")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.real:
        examples = real_examples(np.random.default_rng(arguments.seed), background_photos())
        write_chunk(arguments.out, "real-00000", examples)
        print(f"{len(examples)} real examples")
        return
    photos = background_photos()
    done = len([p for p in chunk_folders(arguments.out) if p.name.startswith(arguments.prefix)])
    total = -(-arguments.count // CHUNK_SIZE)
    began = time.monotonic()
    with Progress("chunks", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task("", total=total, completed=done)
        for number in range(done, total):
            # each chunk has its own seed: a resumed run writes what an unbroken one would have
            rng = np.random.default_rng((arguments.seed, number))
            kinds = arguments.kinds or [None]
            examples = [
                rendered_example(rng, photos, kinds[place % len(kinds)])
                for place in range(CHUNK_SIZE)
            ]
            write_chunk(arguments.out, f"{arguments.prefix}-{number:05d}", examples)
            bar.advance(task)
    rate = (total - done) * CHUNK_SIZE / max(time.monotonic() - began, 1e-6)
    print(f"{total - done} chunks written, {rate:.0f} crops/s")


if __name__ == "__main__":
    main()
