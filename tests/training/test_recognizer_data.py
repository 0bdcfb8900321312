from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is missing: install the [train] extra")

from typing import TYPE_CHECKING

from tests.glyphs import needs_glyphs
from tests.training.pictures import marked_plate, photographed
from training.recognizer.alphabet import ALPHABET, decode, encode, within
from training.recognizer.chunks import Example, chunk_folders, open_chunk, write_chunk
from training.recognizer.measure import Reading, score
from training.recognizer.real import TRAINABLE_CROPS, color_of, labelled, may_train, upright
from training.recognizer.retaken import boxed_crops, flat_plate
from training.recognizer.views import make_view
from training.render import PlateKind, render_plate
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


def test_boxes_hold_the_whole_plate_and_little_more() -> None:
    picture, corners = photographed(60)
    crops = boxed_crops(np.random.default_rng(1), picture, corners.astype(np.float32), 12)
    assert len(crops) == 12
    for crop in crops:
        assert crop.shape == (48, 168, 3)
        assert (crop[24, 20:148] > 200).all()
        assert (crop > 200).mean() > 0.75
