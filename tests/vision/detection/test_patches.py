import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.detection.patches import PatchGeometry, corrected, cut_patches
from tests.pictures.pixels import noise

GEOMETRY = PatchGeometry(height=24, width=72, margin=(0.25, 0.5))


def upright(left: float, top: float, width: float, height: float) -> Float32Array:
    """A quad whose sides lie on pixels' outer edges: whole numbers are pixel centres."""
    x0, y0 = left - 0.5, top - 0.5
    x1, y1 = x0 + width, y0 + height
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def smooth(height: int, width: int) -> UInt8Array:
    """A picture without detail finer than a few pixels."""
    return np.asarray(cv2.GaussianBlur(noise(height, width), (0, 0), 6), np.uint8)


def test_a_plate_of_the_patchs_own_size_is_copied_with_its_margin() -> None:
    picture = noise(100, 200)
    (patch,) = cut_patches(picture, upright(60, 40, 48, 12)[None], GEOMETRY)
    assert np.array_equal(patch, picture[34:58, 48:120])


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_a_larger_plate_is_averaged(factor: int) -> None:
    picture = noise(240, 700)
    quad = upright(20 * factor, 10 * factor, 48 * factor, 12 * factor)
    (patch,) = cut_patches(picture, quad[None], GEOMETRY)
    around = picture[4 * factor : 28 * factor, 8 * factor : 80 * factor]
    expected = cv2.resize(around, (72, 24), interpolation=cv2.INTER_AREA)
    assert np.abs(patch.astype(int) - expected).max() <= 1


def test_beyond_the_picture_lies_the_letterboxs_grey() -> None:
    picture = np.zeros((60, 100, 3), np.uint8)
    (patch,) = cut_patches(picture, upright(-48, 20, 48, 12)[None], GEOMETRY)
    assert (patch[:, :60] == 114).all()
    assert (patch[:, 62:][6:18] == 0).all()


def test_a_turned_plate_comes_out_upright() -> None:
    picture = smooth(200, 200)
    turned = np.ascontiguousarray(np.rot90(picture, -1))  # (x, y) goes to (199 - y, x)
    quad = upright(60, 90, 70, 20)
    moved = np.stack((199 - quad[:, 1], quad[:, 0]), -1).astype(np.float32)
    (straight,) = cut_patches(picture, quad[None], GEOMETRY)
    (again,) = cut_patches(turned, moved[None], GEOMETRY)
    assert np.abs(straight.astype(int) - again).max() <= 1


def test_many_proposals_are_cut_as_each_alone() -> None:
    picture = noise(300, 500)
    rng = np.random.default_rng(4)
    quads = np.stack(
        [
            upright(width / 2, 200 - width / 3, width, width / 3) + rng.normal(0, 2, (4, 2))
            for width in (10, 30, 48, 90, 150, 400)
        ]
    ).astype(np.float32)
    together = cut_patches(picture, quads, GEOMETRY)
    alone = [cut_patches(picture, quad[None], GEOMETRY)[0] for quad in quads]
    assert np.array_equal(together, np.stack(alone))
    assert cut_patches(picture, quads[:0], GEOMETRY).shape == (0, 24, 72, 3)


@given(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.integers(0, 3))
def test_a_correction_is_in_fractions_of_the_plate(across: float, along: float, at: int) -> None:
    quad = upright(100, 50, 80, 20)
    correction = np.zeros((1, 4, 2), np.float32)
    correction[0, at] = across, along
    (moved,) = corrected(quad[None], correction)
    expected = quad.copy()
    expected[at] += np.array([across * 80, along * 20], np.float32)
    assert np.allclose(moved, expected, atol=1e-3)


def test_a_tilted_plates_correction_follows_its_sides() -> None:
    quad = np.array([[[10, 10], [50, 30], [45, 50], [5, 30]]], np.float32)
    whole_width = np.tile(np.array([1, 0], np.float32), (1, 4, 1))
    (moved,) = corrected(quad, whole_width)
    assert np.allclose(moved, quad[0] + np.array([40, 20]), atol=1e-3)
