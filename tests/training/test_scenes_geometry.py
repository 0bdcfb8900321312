from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from training.scenes import lettering
from training.scenes.decoys import LETTERING, SHAPES
from training.scenes.geometry import (
    covers,
    mirrored,
    overlap,
    random_pose,
    transform,
    visible_fraction,
    visible_part,
)
from training.scenes.paste import paste

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.render.faces import Purpose
    from training.scenes.sheets import Decoy

SQUARE = np.array([[10, 10], [30, 10], [30, 20], [10, 20]], np.float32)


def test_overlap_of_shifted_boxes() -> None:
    assert overlap(SQUARE, SQUARE) == pytest.approx(1.0)
    assert overlap(SQUARE, SQUARE + 10) == 0.0
    half = SQUARE + np.array([10, 0], np.float32)
    assert overlap(SQUARE, half) == pytest.approx(100 / 300)
    assert covers(SQUARE, [half])
    assert not covers(SQUARE, [SQUARE + 40])


def test_visible_fraction_counts_what_is_inside() -> None:
    assert visible_fraction(SQUARE, 100, 100) == pytest.approx(1.0)
    assert visible_fraction(SQUARE, 20, 100) == pytest.approx(0.5)
    assert visible_fraction(SQUARE + 200, 100, 100) == 0.0


def test_mirrored_corners_stay_clockwise_from_top_left() -> None:
    flipped = mirrored(SQUARE, 99)
    assert flipped.tolist() == [[69, 10], [89, 10], [89, 20], [69, 20]]
    assert mirrored(flipped, 99).tolist() == SQUARE.tolist()


def test_transform_applies_affine_and_projective_alike() -> None:
    affine = np.array([[2.0, 0, 1], [0, 3, -1]])
    projective = np.vstack([affine, [0, 0, 1]])
    assert transform(SQUARE, affine) == pytest.approx(transform(SQUARE, projective))


@pytest.mark.parametrize("seed", range(20))
def test_poses_are_convex_clockwise_and_of_the_asked_size(seed: int) -> None:
    quad = random_pose(np.random.default_rng(seed), 100, 3.14, wild=1.0)
    edges = np.roll(quad, -1, 0) - quad
    turns = edges[:, 0] * np.roll(edges, -1, 0)[:, 1] - edges[:, 1] * np.roll(edges, -1, 0)[:, 0]
    assert (turns > 0).all()
    assert quad.min(0) + quad.max(0) == pytest.approx([0, 0], abs=1e-3)
    assert np.ptp(quad[:, 0]) < 150


def test_paste_fills_the_quad_and_nothing_else() -> None:
    scene = np.zeros((60, 80, 3), np.uint8)
    patch = np.full((20, 60, 3), 200, np.uint8)
    quad = np.array([[20, 15], [60, 22], [58, 40], [22, 35]], np.float32)
    paste(scene, patch, quad, feather=0.0)
    mask = np.zeros((60, 80), np.uint8)
    cv2.fillPoly(mask, [np.round(quad).astype(np.int32)], 1)
    inner = cv2.erode(mask, np.ones((5, 5), np.uint8))
    outer = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    assert (scene[inner == 1] == 200).all()
    assert (scene[outer == 0] == 0).all()


def test_paste_outside_the_scene_changes_nothing() -> None:
    scene = np.full((40, 40, 3), 7, np.uint8)
    paste(scene, np.full((10, 30, 3), 250, np.uint8), SQUARE + 500)
    assert (scene == 7).all()


def test_the_visible_part_of_a_plate_ends_at_the_border_along_its_own_edges() -> None:
    tilted = np.array([[-20, 10], [60, 50], [55, 60], [-25, 20]], np.float32)
    seen = visible_part(tilted, 100, 80)
    assert seen[[1, 2]].tolist() == tilted[[1, 2]].tolist()
    assert seen[[0, 3], 0].tolist() == [-0.5, -0.5]
    # On the line through the old corner and its neighbour.
    assert seen[0, 1] == pytest.approx(10 + 19.5 * 40 / 80)
    assert seen[3, 1] == pytest.approx(20 + 24.5 * 40 / 80)
    upright = np.array([[30, 100], [30, 20], [40, 20], [40, 100]], np.float32)
    assert visible_part(upright, 100, 80)[:, 1].tolist() == [79.5, 20, 20, 79.5]
    inside = SQUARE.copy()
    assert np.array_equal(visible_part(inside, 100, 80), inside)


MAKERS = [maker for maker, _ in (*LETTERING, *SHAPES)]


@pytest.mark.usefixtures("few_faces")
@pytest.mark.parametrize("maker", MAKERS, ids=lambda m: m.__name__)
def test_every_decoy_is_a_picture_with_a_fitting_opacity(
    maker: Callable[[np.random.Generator], Decoy],
) -> None:
    for seed in range(5):
        image, alpha = maker(np.random.default_rng(seed))
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
        assert image.std() > 0 or alpha is not None
        if alpha is not None:
            assert alpha.shape == image.shape[:2]
            assert 0 <= alpha.min() <= alpha.max() <= 1


def test_lettering_repeats_exactly_and_keeps_to_the_faces_of_its_purpose(
    few_faces: list[Purpose],
) -> None:
    for make in (lettering.caption, lettering.sheet, lettering.mark):
        one, other = (make(np.random.default_rng(3), "measuring") for _ in range(2))
        assert np.array_equal(one.image, other.image)
        assert one.text == other.text
        assert one.text
    assert set(few_faces) == {"measuring"}


@pytest.mark.usefixtures("few_faces")
def test_a_caption_shows_the_text_that_was_asked_for() -> None:
    one = lettering.caption(np.random.default_rng(5), text="CAMERA01")
    assert one.text == "CAMERA01"
    assert one.alpha is not None
    ink = one.alpha > 0.1
    assert ink.shape[1] > 2 * ink.shape[0]
    assert ink.any(0).mean() > 0.5
