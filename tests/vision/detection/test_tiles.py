import math
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.detection.tiles import Tile, Tiling
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings
from tests.glyphs import needs_glyphs
from tests.vision.test_reader import needs_packaged_bundle, same
from tests.vision.tiny_models import CANVASES, GREEN, paint_plate, scene

sides = st.integers(16, 8192)
tilings = st.builds(Tiling, scale=st.floats(1, 4), most=st.integers(1, 40))


@given(sides, sides, tilings)
def test_tiles_cover_the_picture_and_are_few(height: int, width: int, tiling: Tiling) -> None:
    tiles = tiling.tiles(height, width, CANVASES)
    assert len(tiles) <= tiling.most
    if not tiles:
        return
    assert len(tiles) == len(set(tiles)) > 1
    rows = {(t.top, t.bottom) for t in tiles}
    columns = {(t.left, t.right) for t in tiles}
    assert len(rows) * len(columns) == len(tiles)
    for spans, length in ((rows, height), (columns, width)):
        ordered = sorted(spans)
        assert ordered[0][0] == 0
        assert ordered[-1][1] == length
        assert all(b[0] < a[1] for a, b in pairwise(ordered))


@given(sides, sides, tilings, st.data())
def test_a_plate_too_small_for_the_whole_lies_whole_in_a_tile(
    height: int, width: int, tiling: Tiling, data: st.DataObject
) -> None:
    tiles = tiling.tiles(height, width, CANVASES)
    if not tiles:
        return
    whole = min(max(height / c[0], width / c[1]) for c in CANVASES)
    wide, high = 31 * whole, 15 * whole
    left = data.draw(st.floats(0, max(0.0, width - 1 - wide)))
    top = data.draw(st.floats(0, max(0.0, height - 1 - high)))
    right, bottom = min(left + wide, width - 1.0), min(top + high, height - 1.0)
    plate = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
    assert any(tile.uncut(plate, height, width)[0] for tile in tiles)


@pytest.mark.parametrize(
    ("height", "width"),
    [(720, 1280), (1280, 720), (960, 1280), (1280, 1280), (1160, 720), (1080, 1920), (240, 352)],
)
def test_usual_pictures_are_not_tiled(height: int, width: int) -> None:
    chosen = VisionSettings()
    tiling = Tiling(scale=chosen.tile_scale, most=chosen.max_tiles)
    assert tiling.tiles(height, width, CANVASES) == ()


@pytest.mark.parametrize(("height", "width"), [(2160, 3840), (3840, 2160), (3000, 4096)])
def test_large_pictures_are(height: int, width: int) -> None:
    chosen = VisionSettings()
    tiles = Tiling(scale=chosen.tile_scale, most=chosen.max_tiles).tiles(height, width, CANVASES)
    assert 1 < len(tiles) <= chosen.max_tiles


def test_where_more_tiles_were_needed_they_are_coarser() -> None:
    counts = [len(Tiling(scale=1.0, most=n).tiles(2160, 3840, CANVASES)) for n in (64, 9, 4, 1)]
    assert counts[0] > counts[1] > counts[2] > counts[3] == 0


def plate_at(x: float, y: float) -> Float32Array:
    """One plate of 50 x 20 pixels, float32 ``[1, 4, 2]``."""
    return np.array([[[x, y], [x + 50, y], [x + 50, y + 20], [x, y + 20]]], np.float32)


def test_only_inner_edges_cut() -> None:
    tile = Tile(0, 100, 500, 400, edge=5.0)
    kept = {
        (x, y): bool(tile.uncut(plate_at(x, y), 400, 1000)[0])
        for x, y in ((-3, 200), (0, 200), (447, 200), (430, 200), (100, 102), (100, 379))
    }
    assert kept == {
        (-3, 200): True,
        (0, 200): True,
        (447, 200): False,
        (430, 200): True,
        (100, 102): False,
        (100, 379): True,
    }


# -- whole readers ------------------------------------------------------------------------------

HEIGHT, WIDTH = 1000, 1600


@pytest.fixture(scope="module")
def tiled(tiny_bundle: ModelBundle) -> PlateReader:
    return PlateReader(tiny_bundle, settings=VisionSettings(threads=1, tile_scale=1.2))


@pytest.fixture(scope="module")
def untiled(tiny_bundle: ModelBundle) -> PlateReader:
    return PlateReader(tiny_bundle, settings=VisionSettings(threads=1, tiling=False))


def test_a_small_plate_is_found_in_tiles_alone(tiled: PlateReader, untiled: PlateReader) -> None:
    picture = scene(HEIGHT, WIDTH)
    paint_plate(picture, "京A1Z", at=(700, 600), size=(14, 7))
    assert untiled.read([picture]) == [()]
    ((plate,),) = tiled.read([picture])
    expected = [(700, 600), (713, 600), (713, 606), (700, 606)]
    assert np.abs(np.array(plate.plate_location) - expected).max() <= 2


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_a_plate_is_reported_once_wherever_it_lies(tiled: PlateReader, data: st.DataObject) -> None:
    wide = data.draw(st.integers(14, 900))
    high = max(7, wide * 2 // 7)
    left = data.draw(st.integers(0, WIDTH - wide))
    top = data.draw(st.integers(0, HEIGHT - high))
    picture = scene(HEIGHT, WIDTH)
    paint_plate(picture, "京A1Z", at=(left, top), size=(wide, high))
    ((plate,),) = tiled.read([picture])
    (x0, y0), _, (x1, y1), _ = plate.plate_location
    off = np.abs(np.array([x0, y0, x1 - wide + 1, y1 - high + 1]) - [left, top, left, top])
    assert off.max() <= 4


@settings(deadline=None, max_examples=10)
@given(st.integers(0, WIDTH - 60), st.integers(0, 400))
def test_two_plates_stay_two(tiled: PlateReader, left: int, top: int) -> None:
    picture = scene(HEIGHT, WIDTH)
    paint_plate(picture, "京A1Z", at=(left, top), size=(60, 18))
    paint_plate(picture, "1111", at=(left, top + 100), size=(60, 18), color=GREEN)
    (plates,) = tiled.read([picture])
    assert len(plates) == 2


def test_most_plates_counts_over_all_tiles(tiny_bundle: ModelBundle) -> None:
    picture = scene(HEIGHT, WIDTH)
    paint_plate(picture, "京A1Z", at=(100, 100), size=(60, 18))
    paint_plate(picture, "1111", at=(1400, 900), size=(60, 18), color=GREEN)
    chosen = VisionSettings(threads=1, tile_scale=1.2, max_plates=1)
    ((plate,),) = PlateReader(tiny_bundle, settings=chosen).read([picture])
    assert plate.plate_number == "京A1Z"


def crowd() -> list[UInt8Array]:
    """Pictures of several sizes, large and small, tiled or not."""
    pictures = []
    for number, (height, width) in enumerate(
        [(HEIGHT, WIDTH), (480, 640), (1600, 1000), (HEIGHT, WIDTH), (1400, 1400)]
    ):
        picture = scene(height, width)
        paint_plate(picture, "京A1Z", at=(60 + 97 * number, 90), size=(24, 9))
        paint_plate(picture, "1港AZ", at=(300, 300), size=(80, 24), color=GREEN)
        pictures.append(picture)
    return pictures


def test_neighbours_in_the_batch_change_nothing(tiled: PlateReader) -> None:
    pictures = crowd()
    alone = [tiled.read([picture])[0] for picture in pictures]
    together = tiled.read(pictures)
    backwards = tiled.read(pictures[::-1])[::-1]
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))
    assert all(same(a, b) for a, b in zip(alone, backwards, strict=True))
    assert [len(found) for found in alone] == [2] * len(pictures)


def test_a_picture_that_is_not_tiled_reads_as_without_tiling(
    tiled: PlateReader, untiled: PlateReader
) -> None:
    pictures = [picture for picture in crowd() if max(picture.shape) <= 640]
    assert pictures
    assert tiled.read(pictures) == untiled.read(pictures)


@needs_packaged_bundle
@needs_glyphs
@pytest.mark.data
def test_a_rendered_plate_in_4k_is_read_once_wherever_it_lies() -> None:
    """Among the places: across the edges of tiles, and in the corners."""
    from training.render import PlateKind, render_plate

    reader = PlateReader(ModelBundle.load(), threads=1)
    tiles = reader._finder._tiling.tiles(2160, 3840, CANVASES)  # type: ignore[union-attr]
    edge = next(tile for tile in tiles if tile.left and tile.top)
    rng = np.random.default_rng(3)
    places = [(edge.left - 40, edge.top - 10), (tiles[0].right - 50, 1200), (0, 2100), (3700, 30)]
    answers = []
    for left, top in places:
        plate = render_plate(rng, PlateKind.BLUE)
        picture = np.full((2160, 3840, 3), 110, np.uint8)
        picture[top : top + 30, left : left + 96] = cv2.resize(
            plate.image, (96, 30), interpolation=cv2.INTER_AREA
        )
        answers.append(reader.read([picture])[0])
    assert [len(found) for found in answers] == [1] * len(places)
    for (left, top), (plate_read,) in zip(places, answers, strict=True):
        assert math.dist(plate_read.plate_location[0], (left, top)) < 8
