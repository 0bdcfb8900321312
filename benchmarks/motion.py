"""``python -m benchmarks.motion [--data FOLDER]``: what the feed's motion gate leaves out.

Moving: frames of the Dutch clips of a vehicle, without a hold and without the first frame of each,
which passes in any case. Still: a frame of a clip again and again, with a camera's noise.
"""

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from platestream.feed.motion import MotionGate
from platestream.feed.picture import LIMITS, SourcePicture
from platestream.feed.settings import MotionSettings
from platestream.vision.picture.decode import decode_picture

_ALONE: Final = MotionSettings(hold_seconds=0, idle_seconds=86_400)
_BEGIN: Final = 1_767_225_600_000
_SIGMAS: Final = (2, 4, 8)
_STILL_FRAMES: Final = 60
# The background has learnt the noise by then.
_LEARNT: Final = 20


def clips(data: Path) -> dict[str, list[tuple[int, bytes]]]:
    """By clip: times, milliseconds, and JPEGs."""
    folder = data / "nl_video_sequences"
    found = defaultdict(list)
    with (folder / "sequences.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            jpeg = (folder / row["file"]).read_bytes()
            found[row["sequence"]].append((_BEGIN + int(float(row["seconds"]) * 1000), jpeg))
    return dict(found)


def passed(frames: Iterable[tuple[int, bytes]]) -> list[bool]:
    """What a gate without a hold says of each frame."""
    gate = MotionGate(_ALONE)
    return [gate.passes(SourcePicture(at, "file", data=data).grey(), at) for at, data in frames]


def still(jpeg: bytes, sigma: float) -> list[tuple[int, bytes]]:
    """A picture again and again, at ten a second, with noise of so many grey levels."""
    random = np.random.default_rng(1)
    pixels = decode_picture(jpeg, LIMITS)
    frames = []
    for number in range(_STILL_FRAMES):
        noisy = pixels + random.normal(0, sigma, pixels.shape[:2])[..., None]
        _, data = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8))
        frames.append((_BEGIN + number * 100, bytes(data)))
    return frames


def main() -> None:
    """Print the shares, and what a frame costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    found = clips(parser.parse_args().data)
    began, count = time.process_time(), sum(map(len, found.values()))
    moving = [one for frames in found.values() for one in passed(frames)[1:]]
    cost = (time.process_time() - began) / count * 1000
    print(f"moving: {sum(moving)} of {len(moving)} pass; {cost:.2f} ms of processor time a frame")
    for sigma in _SIGMAS:
        left_out = [
            not one
            for frames in islice(found.values(), 6)
            for one in passed(still(frames[0][1], sigma))[_LEARNT:]
        ]
        print(f"still, noise of {sigma} grey levels: {sum(left_out)} of {len(left_out)} left out")


if __name__ == "__main__":
    main()
