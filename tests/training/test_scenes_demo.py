from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.glyphs import needs_glyphs
from training.scenes.demo import encode, make_scene, write

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("PIL", reason="the plate renderer needs pillow (training extra)")


@needs_glyphs
@pytest.mark.data
def test_scenes_repeat_exactly_and_carry_their_plates() -> None:
    first, second = (make_scene(3, 1, 640, 360) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert first.plates
    for plate in first.plates:
        assert plate.text
        assert plate.rows in {1, 2}
        x0, y0 = plate.corners.min(0)
        x1, y1 = plate.corners.max(0)
        assert 0 <= x0 < x1 <= 640
        assert 0 <= y0 < y1 <= 360


@needs_glyphs
@pytest.mark.data
def test_a_plate_stands_out_at_its_corners() -> None:
    """The corners in the truth are where the plate was drawn, not merely somewhere."""
    scene = make_scene(3, 0, 1280, 720)
    plate = max(scene.plates, key=lambda p: float(np.ptp(p.corners[:, 0])))
    target = np.array([[0, 0], [220, 0], [220, 70], [0, 70]], np.float32)
    warp = cv2.getPerspectiveTransform(plate.corners.astype(np.float32), target)
    inside = cv2.warpPerspective(scene.image, warp, (220, 70))
    # Characters make a plate far busier than body work.
    assert float(cv2.Laplacian(cv2.cvtColor(inside, cv2.COLOR_BGR2GRAY), cv2.CV_32F).std()) > 5


@needs_glyphs
@pytest.mark.data
def test_demo_folder(tmp_path: Path) -> None:
    total = write(tmp_path, count=6, seed=11, width=640, height=360)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert sorted(truth) == [f"scene-{i:02d}.jpg" for i in range(6)]
    assert sum(len(plates) for plates in truth.values()) == total
    assert truth["scene-05.jpg"] == []
    for name in truth:
        data = (tmp_path / name).read_bytes()
        assert len(data) <= 90_000
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        assert image.shape == (360, 640, 3)


def test_encode_refuses_what_cannot_be_small_enough() -> None:
    loud = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)
    with pytest.raises(ValueError, match="within 500 bytes"):
        encode(loud, 500)
