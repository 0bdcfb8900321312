import numpy as np

from platestream.cli.evaluate.misses import Tile, contact_sheet, differing

RED = (43, 54, 201)
PICTURE = np.full((30, 100, 3), 128, np.uint8)


def test_differing_characters_are_found_on_both_sides() -> None:
    assert differing("皖A12345", "皖A1234S") == (frozenset({6}), frozenset({6}))
    assert differing("苏AD12345", "苏A12345") == (frozenset({2}), frozenset())
    assert differing("京A1", "京A1") == (frozenset(), frozenset())
    assert differing("京A1", "") == (frozenset(), frozenset())


def red_pixels(tile: Tile) -> int:
    return int((contact_sheet([tile], title="t") == RED).all(axis=2).sum())


def test_only_what_differs_is_red() -> None:
    assert red_pixels(Tile(PICTURE, "皖A1", "皖A1", "")) == 0
    assert red_pixels(Tile(PICTURE, "皖A1", "川A1", "")) > 0


def test_a_sheet_grows_by_rows_and_stops_at_its_most() -> None:
    tiles = [Tile(PICTURE, "京A1", "京A2", "misread")] * 12
    one_row = contact_sheet(tiles[:5], title="t")
    three_rows = contact_sheet(tiles, title="t")
    assert three_rows.shape[1] == one_row.shape[1]
    assert three_rows.shape[0] > 2 * one_row.shape[0]
    assert contact_sheet(tiles, title="t", most=5).shape == one_row.shape


def test_a_sheet_of_nothing_is_a_picture() -> None:
    sheet = contact_sheet([], title="Misses")
    assert sheet.dtype == np.uint8
    assert sheet.ndim == 3
