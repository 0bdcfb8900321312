from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from training.detector.light import infrared, relight
from training.detector.photos import (
    TRAIN_FOLDERS,
    LabelledFile,
    LabelledPlate,
    Photo,
    cut_places,
    load_photo,
    permitted,
    pyramid,
    read_labels,
    read_places,
    training_files,
    upright_order,
)
from training.detector.views import View, letterboxed, look_at, mosaic, place

if TYPE_CHECKING:
    from pathlib import Path

PLATE = np.array([[200, 150], [300, 150], [300, 180], [200, 180]], np.float32)


def marked_photo() -> Photo:
    """A grey photo whose plate is one bright blue rectangle."""
    image = np.full((360, 640, 3), 90, np.uint8)
    image[150:181, 200:301] = (255, 60, 20)
    return Photo("folder/0.jpg", pyramid(image), [LabelledPlate(PLATE, 1.0, "A1")])


@pytest.mark.parametrize("seed", range(25))
def test_labels_follow_the_picture(seed: int) -> None:
    """Whatever zoom, turn or mirroring a view takes, the corners stay on the blue rectangle."""
    view = look_at(marked_photo(), np.random.default_rng(seed), 320, 320)
    blue = (view.image[:, :, 0] > 200) & (view.image[:, :, 2] < 60)
    for plate in view.plates:
        mask = np.zeros(blue.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(plate.quad).astype(np.int32)], 1)
        # The random padding may be blue, too: only the patch around the plate's centre counts.
        _, parts = cv2.connectedComponents(blue.astype(np.uint8))
        x, y = np.clip(plate.quad.mean(0), 0, 319).astype(int)
        own = (parts == parts[y, x]) & blue
        assert ((mask == 1) & own).sum() > 0.75 * max(mask.sum(), own.sum())


def test_of_a_cut_plate_what_can_be_seen_is_asked_for() -> None:
    view = View(np.zeros((100, 100, 3), np.uint8))
    base = np.array([[0, 40], [60, 40], [60, 60], [0, 60]], np.float32)
    for shift in (20, -30, -45, -58):
        place(view, LabelledPlate(base + np.array([shift, 0], np.float32), 1.0))
    whole, half = view.plates
    assert whole.quad.tolist() == (base + np.array([20, 0], np.float32)).tolist()
    # Its outer corners lie on the picture's border, half a pixel beyond the outermost centres.
    assert half.quad.tolist() == [[-0.5, 40], [30, 40], [30, 60], [-0.5, 60]]
    # A quarter is neither plate nor background; of the last one nothing can be made out.
    assert len(view.ignored) == 1


def test_too_small_plates_are_neither_asked_for_nor_background() -> None:
    tiny = np.array([[40, 40], [52, 40], [52, 44], [40, 44]], np.float32)
    for unit, quad, wanted in ((1.0, tiny, 0), (1.0, tiny * 2, 1), (2.0, tiny * 2, 0)):
        view = View(np.zeros((200, 200, 3), np.uint8), unit=unit)
        place(view, LabelledPlate(quad, 1.0))
        assert (len(view.plates), len(view.ignored)) == (wanted, 1 - wanted)


def test_letterboxed_pictures_lie_top_left_on_the_padding() -> None:
    view = letterboxed(View(np.full((60, 100, 3), 7, np.uint8)), 100, 80)
    assert view.image.shape == (80, 100, 3)
    assert (view.image[:60] == 7).all()
    assert (view.image[60:] == 114).all()


def test_infrared_pictures_are_grey_with_bright_plates_in_the_dark() -> None:
    image = np.full((120, 160, 3), (40, 90, 160), np.uint8)
    image[60:80, 40:100] = 200
    image[64:76, 45:95:7] = 20
    quad = np.array([[40, 60], [99, 60], [99, 79], [40, 79]], np.float32)
    gaps = []
    for seed in range(6):
        out = infrared(image, [quad], np.random.default_rng(seed))
        assert (out[..., 0] == out[..., 1]).all()
        assert (out[..., 1] == out[..., 2]).all()
        gaps.append(float(out[60:80, 40:100].mean()) - float(out[:40].mean()))
    assert np.median(gaps) > 40


def test_mosaic_moves_labels_with_their_tiles() -> None:
    views = []
    for w, h in ((40, 60), (88, 60), (40, 68), (88, 68)):
        quad = np.array([[5, 5], [25, 5], [25, 15], [5, 15]], np.float32)
        views.append(View(np.zeros((h, w, 3), np.uint8), [LabelledPlate(quad, 1.0)]))
    joined = mosaic(views, 128, 128, ([0, 40], [0, 60]))
    starts = [plate.quad[0].tolist() for plate in joined.plates]
    assert starts == [[5, 5], [45, 5], [5, 65], [45, 65]]


@pytest.mark.parametrize("seed", range(10))
def test_relight_keeps_size_and_type(seed: int) -> None:
    out = relight(np.full((64, 64, 3), 120, np.uint8), np.random.default_rng(seed))
    assert out.shape == (64, 64, 3)
    assert out.dtype == np.uint8


def test_corners_are_put_in_reading_order() -> None:
    for shift in range(4):
        assert upright_order(np.roll(PLATE, shift, 0)).tolist() == PLATE.tolist()


def test_listed_places_are_cut_out_of_the_loaded_photo(tmp_path: Path) -> None:
    image = np.full((600, 2048, 3), 90, np.uint8)
    image[200:240, 1000:1200] = (10, 200, 30)
    cv2.imwrite(str(tmp_path / "0.png"), image)
    table = tmp_path / "places.csv"
    table.write_text("file,x0,y0,x1,y1\nf/0.png,1000,200,1200,240\n", encoding="utf-8")
    file = LabelledFile("f", tmp_path / "0.png", "train", [])
    photo = load_photo(file)  # at half its size
    (piece,) = cut_places(photo, read_places(table)[file.name], file)
    assert 110 < piece.shape[1] < 140
    green = piece[:, :, 1] > 150
    assert green.any(0).sum() == pytest.approx(100, abs=2)
    assert green.any(1).sum() == pytest.approx(20, abs=2)


def write_folder(root: Path, name: str, rows: list[list[object]], origins: dict[str, str]) -> None:
    folder = root / name
    folder.mkdir()
    header = ["file", "text", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "kind", "split"]
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    with (folder / "origins.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["file", "original"], *origins.items()])


def test_only_permitted_training_files_are_used(tmp_path: Path) -> None:
    corners = [10, 10, 60, 10, 60, 25, 10, 25]
    plain: dict[str, str] = {}
    mixed = {"easypr_negative_patches", "cn_hand_labelled"}
    for folder in {*TRAIN_FOLDERS, "aolp_ac"} - mixed:
        rows: list[list[object]] = [
            ["0.jpg", "A", *corners, "corners", "train"],
            ["1.jpg", "B", *corners, "corners", "dev"],
        ]
        write_folder(tmp_path, folder, rows, plain)
    write_folder(
        tmp_path,
        "easypr_negative_patches",
        [["0.jpg", "", *[""] * 8, "none", "train"]],
        plain,
    )
    write_folder(
        tmp_path,
        "cn_hand_labelled",
        [[f"{i}.jpg", "A", *corners, "corners", "train"] for i in range(2)],
        {"0.jpg": "sakurasep/YOLO-LPRNet: a.jpg", "1.jpg": "Tombolibo: b.jpg"},
    )
    files = list(training_files(tmp_path))
    assert all(file.split == "train" for file in files)
    assert "aolp_ac" not in {file.folder for file in files}
    hand = [file.path.name for file in files if file.folder == "cn_hand_labelled"]
    assert hand == ["0.jpg"]
    assert permitted(tmp_path, "cn_hand_labelled") == {"0.jpg"}
    assert read_labels(tmp_path, "easypr_negative_patches")[0].plates == []


def test_only_plates_with_a_place_are_read(tmp_path: Path) -> None:
    """A caption's place is no plate's, and where the place is unknown the file judges nothing."""
    corners = [10, 10, 60, 10, 60, 25, 10, 25]
    rows: list[list[object]] = [
        ["0.jpg", "CAMERA01", *corners, "none", "dev"],
        ["1.jpg", "AB123", *[""] * 8, "text", "dev"],
        ["2.jpg", "AB123", *corners, "corners", "dev"],
    ]
    write_folder(tmp_path, "mixed", rows, {})
    files = read_labels(tmp_path, "mixed")
    assert [(file.path.name, len(file.plates)) for file in files] == [("0.jpg", 0), ("2.jpg", 1)]
