import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy.conditions import catalogue, lettering
from benchmarks.accuracy.conditions.__main__ import main
from benchmarks.accuracy.conditions.altered import at_edge, close_up, covered, crowd, cut, grey
from benchmarks.accuracy.conditions.lettering import captioned, with_sheets
from benchmarks.accuracy.conditions.made import Made, Thing, read_notes, write_folder
from benchmarks.accuracy.conditions.photos import Photo, color_of, photos, plateless_areas
from benchmarks.accuracy.conditions.words import CAPTIONS, NUMBERS, WORDS, filled
from platestream.cli.evaluate.labels import read_labels
from tests.benchmarks.test_accuracy import HEAD
from tests.vision.tiny_models import paint_plate, write_bundle
from training.render import PlateKind
from training.render.faces import Face, purpose_of
from training.render.glyphs import LATIN_FONTS, available_fonts, plate_font
from training.scenes.geometry import box_of

QUAD = np.array([[150, 120], [250, 120], [250, 150], [150, 150]], np.float32)
BLUE = (150, 70, 20)


def photo(color: tuple[int, int, int] = BLUE) -> Photo:
    picture = np.full((300, 400, 3), 120, np.uint8)
    cv2.rectangle(picture, (150, 120), (249, 149), color, -1)
    return Photo(picture=picture, quads=(QUAD,), texts=("京A12345",))


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def seen(made: Made) -> tuple[float, float]:
    """Share of the plate's width and height that a picture still shows, by its own pixels."""
    is_plate = (made.picture == BLUE).all(2)
    return is_plate.any(0).sum() / 100, is_plate.any(1).sum() / 30


@pytest.mark.parametrize(
    ("side", "share", "left"),
    [
        ("left", 0.2, (0.8, 1)),
        ("right", 0.3, (0.7, 1)),
        ("top", 0.4, (1, 0.6)),
        ("bottom", 0.4, (1, 0.6)),
    ],
)
def test_a_cut_plate_ends_with_the_picture_and_keeps_its_whole_text(
    side: str, share: float, left: tuple[float, float]
) -> None:
    made = cut(photo(), side, share)  # type: ignore[arg-type]
    assert seen(made) == left
    [thing] = made.things
    assert thing.text == "京A12345"
    x0, y0, x1, y1 = box_of(thing.quad)
    height, width = made.picture.shape[:2]
    touches = {
        "left": x0 == 0,
        "right": x1 == width - 1,
        "top": y0 == 0,
        "bottom": y1 == height - 1,
    }
    assert touches[side]
    assert sum(touches.values()) == 1


@pytest.mark.parametrize(("cover", "least", "most"), [("left", 0.25, 0.36), ("right", 0.25, 0.36)])
def test_a_part_is_covered_and_the_rest_is_as_it_was(cover: str, least: float, most: float) -> None:
    for seed in range(5):
        made = covered(photo(), cover, np.random.default_rng(seed))  # type: ignore[arg-type]
        changed = (made.picture[120:150, 150:250] != BLUE).any(2)
        assert least <= changed.mean() <= most
        columns = np.flatnonzero(changed.mean(0) > 0.5)
        assert (columns.max() < 40) if cover == "left" else (columns.min() > 60)


def test_a_tow_bar_stands_before_the_middle() -> None:
    made = covered(photo(), "bar", rng())
    columns = np.flatnonzero((made.picture[120:150, 150:250] != BLUE).any(2).mean(0) > 0.5)
    assert 30 < columns.min() < columns.max() < 70
    assert len(columns) >= 9


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_plate_at_the_edge_is_whole(side: str) -> None:
    made = at_edge(photo(), side, rng())  # type: ignore[arg-type]
    assert seen(made) == (1, 1)
    assert min(made.picture.shape[:2]) < 260
    assert min(made.picture.shape[1] / 400, made.picture.shape[0] / 300) < 0.7


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_close_up_fills_its_share_of_the_width(share: float) -> None:
    made = close_up(photo(), share)
    x0, y0, x1, y1 = box_of(made.things[0].quad)
    assert (x1 - x0) / made.picture.shape[1] == pytest.approx(share, abs=0.02)
    assert x0 >= -1
    assert y0 >= -1
    assert x1 <= made.picture.shape[1]
    assert y1 <= made.picture.shape[0]


def test_a_grey_picture_has_no_colour_and_remembers_the_plates() -> None:
    made = grey(photo(), rng())
    assert (made.picture == made.picture[:, :, :1]).all()
    assert made.things[0].color == "blue"


@pytest.mark.parametrize(
    ("color", "name"),
    [(BLUE, "blue"), ((30, 195, 240), "yellow"), ((90, 190, 60), "green"), ((235, 235, 235), "")],
)
def test_a_colour_is_told_by_hue(color: tuple[int, int, int], name: str) -> None:
    assert color_of(photo(color).picture, QUAD) == name


def test_a_crowd_has_whole_plates_side_by_side() -> None:
    made = crowd([photo()] * 6, rng())
    assert len(made.things) == 6
    for thing in made.things:
        x0, y0, x1, y1 = (round(value) for value in box_of(thing.quad))
        inner = made.picture[y0 + 3 : y1 - 2, x0 + 3 : x1 - 2]
        assert (np.abs(inner.astype(int) - BLUE) <= 2).all()


def test_wordings_are_filled_and_words_have_no_digit() -> None:
    for wordings in (CAPTIONS, NUMBERS):
        texts = [filled(np.random.default_rng(seed), wordings) for seed in range(300)]
        assert not any(set(text) & set("#*@") for text in texts)
        assert any(char.isdigit() for text in texts for char in text)
    assert not any(char.isdigit() for word in WORDS for char in word)


def test_captions_and_sheets_lie_where_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    # Any face will do here; to look through all that are installed takes seconds.
    path = Path(str(plate_font(available_fonts(LATIN_FONTS)[0]).path))
    monkeypatch.setattr(lettering, "usual_faces", lambda: {"some": (Face(path, "some"),)})
    ground = np.full((360, 640, 3), 90, np.uint8)
    for seed in range(8):
        chance = np.random.default_rng(seed)
        for made in (captioned(ground, chance, where="x"), with_sheets(ground, chance, WORDS)):
            changed = (made.picture != ground).any(2)
            assert made.things
            for thing in made.things:
                assert not thing.is_plate
                x0, y0, x1, y1 = (round(value) for value in box_of(thing.quad))
                assert changed[max(y0, 0) : y1, max(x0, 0) : x1].mean() > 0.03
                changed[max(y0 - 30, 0) : y1 + 30, max(x0 - 30, 0) : x1 + 30] = False
            assert not changed.any()


def test_a_folder_is_made_once_for_one_recipe(tmp_path: Path) -> None:
    def pictures(color: str) -> list[Made]:
        picture = np.full((40, 60, 3), 7, np.uint8)
        plate = Thing(quad=(QUAD / 10).astype(np.float32), text="京A1", color=color)
        words = Thing(quad=(QUAD / 5).astype(np.float32), text="EXIT", is_plate=False)
        return [
            Made(picture=picture, variant="one", things=[plate]),
            Made(picture=picture, variant="two", things=[words]),
        ]

    folder = write_folder(tmp_path / "some", pictures("blue"), "1")
    write_folder(folder, pictures("green"), "1")
    first, second = read_labels([folder])
    notes = read_notes(folder)
    assert (first.plates[0].text, first.kind, second.kind) == ("京A1", "corners", "none")
    assert notes["0000.jpg"].colors == ("blue",)
    assert notes["0001.jpg"].places == (((30, 24), (50, 24), (50, 30), (30, 30)),)
    assert [note.variant for note in notes.values()] == ["one", "two"]
    write_folder(folder, pictures("green"), "2")
    assert read_notes(folder)["0000.jpg"].colors == ("green",)


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """One held-out photo with a plate that the tiny models read."""
    picture = np.full((360, 480, 3), 96, np.uint8)
    paint_plate(picture, "AAAA", at=(150, 250))
    folder = tmp_path / "data/ccpd_subset"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), picture)
    row = "a.png,AAAA,150,250,318,250,318,298,150,298,corners,dev"
    (folder / "labels.csv").write_text(f"{HEAD}\n{row}\n", encoding="utf-8")
    return folder.parent


def test_photos_are_chosen_by_their_labels_and_areas_hold_no_plate(street: Path) -> None:
    [chosen] = photos(street, {"ccpd_subset": 1, "absent": 1})
    assert chosen.text == "AAAA"
    assert list(photos(street, {"ccpd_subset": 1}, least_width=200)) == []
    [area] = plateless_areas(street)
    assert area.shape == (238, 480, 3)
    assert (area == 96).all()


def test_one_command_measures_and_compares(
    street: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue, "TWO_ROWS", (PlateKind.INDIA_TWO_ROWS,))
    bundle, figures = write_bundle(tmp_path / "tiny"), tmp_path / "figures.json"
    common = ["--data", street, "--bundle", bundle, "--made", tmp_path / "made", "--only", "cut"]
    main([*map(str, [*common, "whole", "--save", figures])])
    saved = json.loads(figures.read_text(encoding="utf-8"))
    assert saved["conditions"]["cut"]["pictures"] == 2
    assert saved["conditions"]["whole"]["figures"]["read"] == 1
    assert saved["sets"]["CCPD photos"]["read"] == 1
    assert saved["everything"]["readings"] >= 3
    capsys.readouterr()
    main([*map(str, [*common, "--no-sets", "--baseline", figures, "--variants"])])
    printed = capsys.readouterr().out
    assert "tiny 0.0.1 → tiny 0.0.1" in printed
    assert "| cut by 20-30 %: wrong at 0.8 or more |" in printed
    assert "| left |" in printed


def test_captions_are_written_in_faces_that_train_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {purpose_of(family) for family in lettering.FAMILIES} == {"measuring"}
    few = tuple(Face(Path("a"), family) for family in (*lettering.FAMILIES[:2], "Other"))
    monkeypatch.setattr(lettering, "faces", lambda purpose: few if purpose == "measuring" else ())
    lettering.usual_faces.cache_clear()
    with pytest.raises(FileNotFoundError, match="three"):
        lettering.usual_faces()
    lettering.usual_faces.cache_clear()
