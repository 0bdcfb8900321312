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

from training.recognizer import real
from training.recognizer.chunks import chunk_folders, write_chunk
from training.recognizer.examples import LETTERING_SHARE, rendered_example
from training.recognizer.photographed import real_examples
from training.render import PlateKind
from training.render.glyphs import data_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_CHUNKS = Path("build/training/recognizer/chunks")
CHUNK_SIZE = 2048


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


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_CHUNKS)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prefix", default="render", help="name of the chunks, before the number")
    parser.add_argument("--kinds", nargs="*", type=PlateKind, help="only these kinds, in turn")
    parser.add_argument(
        "--lettering", type=float, default=LETTERING_SHARE, help="share of crops without a plate"
    )
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
                rendered_example(rng, photos, kinds[place % len(kinds)], arguments.lettering)
                for place in range(CHUNK_SIZE)
            ]
            write_chunk(arguments.out, f"{arguments.prefix}-{number:05d}", examples)
            bar.advance(task)
    rate = (total - done) * CHUNK_SIZE / max(time.monotonic() - began, 1e-6)
    print(f"{total - done} chunks written, {rate:.0f} crops/s")


if __name__ == "__main__":
    main()
