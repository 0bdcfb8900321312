from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is missing: install the [train] extra")

from typing import TYPE_CHECKING

from tests.glyphs import needs_glyphs
from training.recognizer.alphabet import ALPHABET, decode, encode, within
from training.recognizer.chunks import Example, chunk_folders, open_chunk, write_chunk
from training.recognizer.edges import detected, picture_end
from training.recognizer.examples import plate_example
from training.recognizer.legibility import char_points, complete, legible
from training.recognizer.lettering import lettering_example
from training.recognizer.measure import Reading, score
from training.recognizer.real import TRAINABLE_CROPS, color_of, labelled, may_train, upright
from training.recognizer.retaken import boxed_crops, flat_plate
from training.recognizer.views import Alteration, make_view
from training.render import PlateKind, RenderedPlate, render_plate
from training.render.glyphs import data_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_the_alphabet_has_no_repeats_and_all_kinds() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 36 + 31 + 11 + 3 + 1


def test_class_numbers_of_before_stay() -> None:
    # chunks on disk and exported models hold them
    assert encode("0Z京急ÜÖÄ") == [1, 36, 37, 78, 79, 80, 81]


def test_characters_outside_the_alphabet_become_the_unknown_one() -> None:
    assert within("서울39너5174") == "\ufffd\ufffd39\ufffd5174"
    assert decode(encode(within("AÜ가"))) == "AÜ\ufffd"


def test_decoding_merges_repeats_and_drops_blanks() -> None:
    one, two = encode("A1")
    assert decode([0, one, one, 0, one, two, 0, 0, two]) == "AA11"
    assert decode([]) == ""


def test_an_unknown_character_is_refused() -> None:
    with pytest.raises(ValueError, match="alphabet"):
        encode("a")


def example(text: str = "AB12", rows: int = 1) -> Example:
    return Example(
        crop=np.full((48, 168, 3), 7, np.uint8),
        text=text,
        centers=np.linspace(20, 140, len(text)).astype(np.float32),
        color="blue",
        rows=rows,
        weight=2.0,
    )


def test_a_chunk_survives_the_disk(tmp_path: Path) -> None:
    nothing = dataclasses.replace(example("", rows=2), plate=False, complete=None, blank=True)
    write_chunk(tmp_path, "a-1", [example(), nothing])
    (folder,) = chunk_folders(tmp_path)
    chunk = open_chunk(folder)
    assert len(chunk) == 2
    assert chunk.crops[0].shape == (48, 168, 3)
    assert chunk.texts[0, :4].tolist() == encode("AB12")
    assert chunk.lengths.tolist() == [4, 0]
    assert chunk.rows.tolist() == [1, 2]
    assert chunk.centers[0, 4:].max() < 0
    assert chunk.weights.tolist() == [2.0, 2.0]
    assert chunk.evidence.tolist() == [[1, 1], [0, -1]]
    assert chunk.blank.tolist() == [False, True]


def test_unfinished_chunks_are_not_seen(tmp_path: Path) -> None:
    (tmp_path / ".a-2.99").mkdir()
    assert chunk_folders(tmp_path) == []
    assert chunk_folders(tmp_path / "nowhere") == []


def test_an_empty_chunk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="examples"):
        write_chunk(tmp_path, "a-1", [])


def marked_plate(rows: int = 1) -> RenderedPlate:
    """A grey plate with one white mark per character, to see where the characters end up."""
    image = np.full((140 if rows == 1 else 220, 440, 3), 60, np.uint8)
    if rows == 1:
        centers = np.array([[x, 70] for x in range(50, 400, 60)], np.float32)
    else:
        centers = np.array(
            [[150, 45], [290, 45], *([x, 145] for x in range(60, 400, 80))], np.float32
        )
    for x, y in centers.astype(int):
        image[y - 26 : y + 27, x - 12 : x + 13] = 255
    return RenderedPlate(
        image=image,
        text="1" * len(centers),
        color="black",
        rows=rows,
        kind=PlateKind.GENERIC,
        char_centers=centers,
    )


@pytest.mark.parametrize("split", [False, True])
def test_centers_follow_the_picture(split: bool) -> None:
    plate = marked_plate(rows=2 if split else 1)
    hits = total = 0
    for seed in range(30):
        view = make_view(np.random.default_rng(seed), plate, split=split, gentle=True)
        assert view.crop.shape == (48, 168, 3)
        assert view.split == split
        grey = view.crop.mean(axis=2)
        for column in view.centers:
            if not 8 <= column < 160:
                continue
            total += 1
            at, beside = (grey[14:34, int(c)].mean() for c in (column, column))
            beside = min(grey[14:34, int(column) - 7].mean(), grey[14:34, int(column) + 7].mean())
            hits += at > beside
    assert total > 150
    assert hits / total > 0.9


@needs_glyphs
@pytest.mark.data
def test_views_of_every_kind_are_made_and_repeatable() -> None:
    for kind in PlateKind:
        plate = render_plate(np.random.default_rng(4), kind)
        first = make_view(np.random.default_rng(5), plate)
        second = make_view(np.random.default_rng(5), plate)
        assert np.array_equal(first.crop, second.crop)
        assert first.centers.shape == (len(plate.text),)
        assert np.isfinite(first.centers).all()


def test_scores_count_exact_and_without_province() -> None:
    readings = [Reading(text=t, color="blue", two_rows=False) for t in ("京A1", "皖A1", "京A2")]
    result = score(readings, ["京A1"] * 3, ["x", "y", "z"])
    assert (result.plates, result.exact, result.without_province) == (3, 1, 2)
    assert result.misses == (("y", "京A1", "皖A1"), ("z", "京A1", "京A2"))


@pytest.mark.parametrize(
    ("bgr", "text", "expected"),
    [
        ((170, 70, 10), "京A12345", "blue"),
        ((20, 180, 240), "京A12345", "yellow"),
        ((200, 200, 200), "京A12345", ""),
        ((90, 180, 80), "京AD12345", "green"),
    ],
)
def test_colours_are_guessed_only_where_clear(
    bgr: tuple[int, int, int], text: str, expected: str
) -> None:
    assert color_of(np.full((48, 168, 3), bgr, np.uint8), text) == expected


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_corners_are_put_in_reading_order(turn: int, mirrored: bool) -> None:
    plate = np.array([[10, 20], [90, 30], [86, 55], [6, 45]], np.float32)
    given = np.roll(plate[::-1] if mirrored else plate, turn, axis=0)
    assert np.array_equal(upright(given), plate)


@pytest.mark.data
@pytest.mark.skipif(
    not (data_folder() / "ccpd_subset").is_dir(), reason="the data folder is not there"
)
def test_training_reads_only_the_training_split() -> None:
    for folder in TRAINABLE_CROPS:
        train = {item.path for item in labelled(folder, "train")}
        dev = {item.path for item in labelled(folder, "dev")}
        assert train
        assert dev
        assert not train & dev
    assert "labels.csv" in may_train("ccpd_subset")


def photographed(height: int) -> tuple[np.ndarray, np.ndarray]:
    """A grey picture with a white plate three times as wide as high, and its corners."""
    picture = np.full((200, 400, 3), 60, np.uint8)
    picture[50 : 50 + height, 40 : 40 + 3 * height] = 220
    left, top, right, bottom = 39.5, 49.5, 39.5 + 3 * height, 49.5 + height
    return picture, np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def test_a_photographed_plate_is_flattened_with_its_characters_places() -> None:
    picture, corners = photographed(60)
    plate = flat_plate(picture, corners.astype(np.float32), "京A12345", "blue")
    assert plate is not None
    assert (plate.image[5:-5, 5:-5] > 200).all()
    assert plate.char_centers.shape == (7, 2)
    crops = [make_view(np.random.default_rng(seed), plate).crop for seed in range(5)]
    assert [crop.shape for crop in crops] == [(48, 168, 3)] * 5
    assert len({crop.tobytes() for crop in crops}) == 5


def test_a_small_plate_is_not_taken_anew() -> None:
    picture, corners = photographed(20)
    assert flat_plate(picture, corners.astype(np.float32), "京A12345", "blue") is None


def test_a_plate_is_complete_while_all_its_characters_are_legible() -> None:
    assert complete(np.array([0, 0.05], np.float32)) is True
    assert complete(np.array([0, 0.2], np.float32)) is None
    assert complete(np.array([0, 0.5], np.float32)) is False
    seen = legible(np.array([0, 0.2, 1], np.float32))
    assert seen is not None
    assert seen.tolist() == [True, True, False]
    assert legible(np.array([0, 0, 0.5], np.float32)) is None


def test_points_fill_each_characters_own_box() -> None:
    plate = marked_plate()
    points = char_points(plate)
    assert points.shape == (len(plate.text), 49, 2)
    low, high = points.min(1), points.max(1)
    assert (low < plate.char_centers).all()
    assert (plate.char_centers < high).all()
    assert (high[:-1, 0] < low[1:, 0]).all()


def test_a_cut_plate_keeps_the_characters_in_the_picture() -> None:
    plate = dataclasses.replace(marked_plate(), text="123456")
    texts = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = plate_example(rng, plate, [], Alteration.CUT)
        if found.text:
            assert found.text in plate.text  # what is left is in one piece
            assert len(found.centers) == len(found.text)
        if found.complete is False:
            assert found.text != plate.text
        texts.add(found.text)
    assert len(texts) > 3


def test_a_plate_beside_the_pictures_end_is_complete() -> None:
    for seed in range(20):
        found = plate_example(np.random.default_rng(seed), marked_plate(), [], Alteration.EDGE)
        assert found.complete is True
        assert found.text == marked_plate().text


def test_covers_hide_characters_and_say_so() -> None:
    plate = dataclasses.replace(marked_plate(), text="123456", kind=PlateKind.EUROPE)
    found = [
        plate_example(np.random.default_rng(seed), plate, [], Alteration.COVERED)
        for seed in range(60)
    ]
    said = [example.complete for example in found]
    assert said.count(False) > 20
    assert said.count(True) > 3
    assert all(example.text == plate.text for example in found if example.complete)
    assert all(example.plate for example in found)


def test_the_picture_ends_through_the_plate_or_beside_it() -> None:
    corners = np.array([[40, 30], [139, 30], [139, 59], [40, 59]], np.float32)
    for seed in range(30):
        for through in (True, False):
            window = picture_end(np.random.default_rng(seed), (90, 180), corners, through=through)
            inside = (window.low <= corners).all() and (corners <= window.high).all()
            assert inside != through


def test_a_detector_ends_a_cut_plate_at_the_edge_or_beyond() -> None:
    corners = np.array([[-20, 10], [80, 14], [80, 44], [-20, 40]], np.float32)
    lefts = set()
    for seed in range(30):
        given = detected(np.random.default_rng(seed), corners, (60, 120))
        assert np.array_equal(given[1:3], corners[1:3])
        assert -20 <= given[0, 0] <= -0.5
        lefts.add(float(given[0, 0]))
    assert {-20.0, -0.5} < lefts


def test_lettering_is_no_plate_and_its_text_does_not_train() -> None:
    found = [lettering_example(np.random.default_rng(seed), []) for seed in range(40)]
    for example in found:
        assert example.crop.shape == (48, 168, 3)
        assert (example.plate, example.complete, example.text, example.rows) == (False, None, "", 0)
    # shapes without lettering are among them, and not the rule
    assert 1 <= sum(example.blank for example in found) <= 12


def test_boxes_hold_the_whole_plate_and_little_more() -> None:
    picture, corners = photographed(60)
    crops = boxed_crops(np.random.default_rng(1), picture, corners.astype(np.float32), 12)
    assert len(crops) == 12
    for crop in crops:
        assert crop.shape == (48, 168, 3)
        assert (crop[24, 20:148] > 200).all()
        assert (crop > 200).mean() > 0.75
