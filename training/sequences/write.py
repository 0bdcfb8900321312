"""Writes rendered clips: JPEG frames and a ``sequences.csv`` with the numbers of each frame.

``python -m training.sequences.write --out FOLDER --count 300 --seed 14``
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.sequences.frames import frames
from training.sequences.plans import plan

if TYPE_CHECKING:
    from training.render.faces import Purpose

COLUMNS = ("sequence", "file", "frame", "seconds", "texts", "rate", "kind")
_QUALITY = 85


def write(
    out: Path, *, count: int, seed: int, first: int = 0, purpose: Purpose = "measuring"
) -> int:
    """Write clips ``q0000``, ``q0001``, … into ``out``; a clip depends on seed and number only.

    Args:
        out: The folder.
        count: How many.
        seed: Any number.
        first: Number of the first one, for sets that are written in parts.
        purpose: Which type faces Latin numbers are in.

    Returns:
        How many vehicles drive through them.

    Raises:
        FileNotFoundError: if the glyph sets or fonts are not installed.
    """
    out.mkdir(parents=True, exist_ok=True)
    vehicles = 0
    with (out / "sequences.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(COLUMNS)
        for number in range(first, first + count):
            rng = np.random.default_rng([seed, number])
            planned = plan(rng)
            kind = "+".join(one.manner.value for one in planned.drives) or "empty"
            vehicles += len(planned.drives)
            for index, frame in enumerate(frames(rng, planned, purpose)):
                name = f"q{number:04d}_f{index:02d}.jpg"
                options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
                (out / name).write_bytes(cv2.imencode(".jpg", frame.image, options)[1].tobytes())
                seconds = f"{index / planned.rate:.3f}"
                texts = " ".join(frame.texts)
                rows.writerow([f"q{number:04d}", name, index, seconds, texts, planned.rate, kind])
    return vehicles


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.sequences.write", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--purpose", choices=("training", "measuring"), default="measuring")
    options = parser.parse_args(arguments)
    vehicles = write(
        options.out,
        count=options.count,
        seed=options.seed,
        first=options.first,
        purpose=options.purpose,
    )
    print(f"{options.count} clips with {vehicles} vehicles in {options.out}")


if __name__ == "__main__":
    main()
