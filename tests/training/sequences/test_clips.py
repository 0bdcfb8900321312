"""Rendered clips: the same ones for the same seed, with the numbers that can be seen in them."""

import csv
from pathlib import Path

import numpy as np
import pytest

from training.render.glyphs import standard_lettering
from training.sequences.plans import HEIGHT, RATES, WIDTH, plan
from training.sequences.write import write


def test_plans_follow_from_the_seed() -> None:
    plans = [plan(np.random.default_rng([1, number])) for number in range(200)]

    assert plans == [plan(np.random.default_rng([1, number])) for number in range(200)]
    assert {one.rate for one in plans} == set(RATES)
    assert {len(one.drives) for one in plans} == {0, 1, 2}
    assert all(len(one.blurred) == one.frames for one in plans)


def test_drives_grow_towards_the_camera_and_are_seen() -> None:
    for number in range(200):
        planned = plan(np.random.default_rng([2, number]))
        for drive in planned.drives:
            spots = [spot for n in range(planned.frames) if (spot := drive.at(n)) is not None]
            widths = [spot.width for spot in spots]
            assert sorted(widths, reverse=drive.manner == "leaving") == pytest.approx(widths)
            inside = [s for s in spots if 0 < s.x < WIDTH and 0 < s.y - 0.2 * s.width < HEIGHT]
            assert len(inside) >= 2


def test_a_clip_is_written_with_its_truth(tmp_path: Path) -> None:
    try:
        standard_lettering()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    vehicles = write(tmp_path / "one", count=1, seed=5, purpose="training")

    rows = list(csv.DictReader((tmp_path / "one" / "sequences.csv").open(encoding="utf-8")))
    shown = {text for row in rows for text in row["texts"].split()}
    assert 0 < len(shown) <= vehicles
    assert all((tmp_path / "one" / row["file"]).stat().st_size > 5000 for row in rows)
