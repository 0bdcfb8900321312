"""Writes a folder of drawn scenes with their truth: pictures that contain nobody's data."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from training.scenes.scene import Scene, draw_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_FILE = 90_000
"""Bytes per picture: a dozen fit well into a package."""
# The service's contract is about Chinese plates; a few others show that they are read, too.
CHINESE_SHARE = 0.75
# One picture in so many shows no plate: a stream has empty frames, too.
EMPTY_EVERY = 6


def encode(image: NDArray[np.uint8], limit: int = LARGEST_FILE) -> bytes:
    """JPEG of the best quality that stays within ``limit`` bytes.

    Raises:
        ValueError: not even the lowest quality is small enough.
    """
    for quality in range(92, 38, -4):
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        _, data = cv2.imencode(".jpg", image, options)
        if len(data) <= limit:
            return bytes(data)
    raise ValueError(f"no JPEG of {image.shape} within {limit} bytes")


def truth_of(scene: Scene) -> list[dict[str, Any]]:
    """Plates of a scene as plain data: text, color, rows, kind, corners (x, y to 0.1 pixel)."""
    return [
        {
            "text": plate.text,
            "color": plate.color,
            "rows": plate.rows,
            "kind": str(plate.kind),
            "corners": [[round(float(v), 1) for v in corner] for corner in plate.corners],
        }
        for plate in scene.plates
    ]


def make_scene(seed: int, index: int, width: int, height: int, *, decoys: bool = False) -> Scene:
    """Scene ``index`` of a demonstration set: mostly one to three plates, some empty."""
    if index % EMPTY_EVERY == EMPTY_EVERY - 1:
        rng = np.random.default_rng([seed, index])
        return draw_scene(rng, width=width, height=height, vehicles=0, decoys=decoys)
    for attempt in range(20):
        rng = np.random.default_rng([seed, index, attempt])
        wanted = 1 + (index * 2 + index // 3) % 3
        scene = draw_scene(
            rng,
            width=width,
            height=height,
            vehicles=wanted,
            chinese=CHINESE_SHARE,
            decoys=decoys,
        )
        if len(scene.plates) == wanted:
            return scene
    return scene


def write(
    out: Path,
    *,
    count: int,
    seed: int,
    width: int = 1280,
    height: int = 720,
    decoys: bool = False,
) -> int:
    """Write ``scene-NN.jpg`` and ``truth.json`` into ``out``; returns the number of plates."""
    out.mkdir(parents=True, exist_ok=True)
    truth: dict[str, list[dict[str, Any]]] = {}
    for index in range(count):
        scene = make_scene(seed, index, width, height, decoys=decoys)
        name = f"scene-{index:02d}.jpg"
        (out / name).write_bytes(encode(scene.image))
        truth[name] = truth_of(scene)
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")
    return sum(len(plates) for plates in truth.values())


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.scenes.demo", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--decoys", action="store_true", help="hang up signs, for training")
    options = parser.parse_args(arguments)
    plates = write(
        options.out,
        count=options.count,
        seed=options.seed,
        width=options.width,
        height=options.height,
        decoys=options.decoys,
    )
    print(f"{options.count} scenes with {plates} plates in {options.out}")


if __name__ == "__main__":
    main()
