from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is missing: install the [train] extra")

from tests.glyphs import needs_glyphs
from training.recognizer.alphabet import ALPHABET, COLORS, MAX_CHARS
from training.render import (
    KIND_WEIGHTS,
    UNKNOWN,
    UNKNOWN_KINDS,
    PlateKind,
    degrade,
    random_kind,
    render_plate,
)
from training.render.chinese_layout import small_pair
from training.render.chinese_text import PROVINCES, number
from training.render.glyphs import LATIN_FONTS, SIGN_FONTS, available_fonts
from training.render.latin.formats import FORMATS
from training.render.latin.lettering import HAND_FONTS, MEASURING_FONTS, MEASURING_HAND_FONTS
from training.render.latin.pattern import Format, fill, fill_marks
from training.render.latin.plate import can_draw, draw_format
from training.render.latin.world import ASIA
from training.render.letterforms import (
    barbed,
    barred_c,
    plate_letterforms,
    short_valley,
    standing_one,
)
from training.render.measuring import (
    SCRIPT_KINDS,
    TWO_ROW_KINDS,
    US_KINDS,
    measuring_plates,
)
from training.render.scripts.script import (
    as_text,
    script_fonts,
    script_glyph,
)
from training.render.scripts.southeast_asia import THAILAND
from training.render.states.plate import DIES, STATES


@needs_glyphs
@pytest.mark.data
@pytest.mark.parametrize("kind", list(PlateKind))
def test_every_kind_renders_with_its_truth(kind: PlateKind) -> None:
    if not (kind.chinese or can_draw(kind)):
        pytest.skip("no font of the script is installed")
    for seed in range(3):
        plate = render_plate(np.random.default_rng(seed), kind)
        height, width = plate.image.shape[:2]
        assert plate.image.dtype == np.uint8
        assert 130 <= height <= 230
        assert plate.kind is kind
        assert plate.color in COLORS
        assert 0 < len(plate.text) <= MAX_CHARS
        assert set(plate.text) <= set(ALPHABET)
        assert (UNKNOWN in plate.text) <= (kind in UNKNOWN_KINDS)
        assert plate.char_centers.shape == (len(plate.text), 2)
        assert (plate.char_centers >= 0).all()
        assert (plate.char_centers < [width, height]).all()
        assert plate.rows == (2 if np.ptp(plate.char_centers[:, 1]) > height / 4 else 1)
        for row in _rows(plate.char_centers, plate.rows):
            assert (np.diff(row[:, 0]) > 0).all()


def _rows(centers: np.ndarray, rows: int) -> list[np.ndarray]:
    if rows == 1:
        return [centers]
    upper = centers[:, 1] < (centers[:, 1].min() + centers[:, 1].max()) / 2
    return [centers[upper], centers[~upper]]


@needs_glyphs
@pytest.mark.data
def test_the_same_seed_gives_the_same_plate() -> None:
    first = render_plate(np.random.default_rng(3))
    second = render_plate(np.random.default_rng(3))
    assert first.text == second.text
    assert np.array_equal(first.image, second.image)


@needs_glyphs
@pytest.mark.data
def test_there_is_ink_at_the_characters() -> None:
    plate = render_plate(np.random.default_rng(1), PlateKind.BLUE)
    for x, y in plate.char_centers.astype(int):
        cell = plate.image[y - 40 : y + 40, x - 18 : x + 18]
        assert cell.max() > 200
        assert cell[..., 2].min() < 60


@needs_glyphs
@pytest.mark.data
def test_the_second_pair_of_armed_police_is_mostly_small() -> None:
    heights = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        text = number(np.random.default_rng(seed), PlateKind.ARMED_POLICE)
        places, share = small_pair(rng, PlateKind.ARMED_POLICE, text)
        assert (share < 1) <= text[2:4].isdigit()
        assert list(places) == ([2, 3] if share < 1 else [])
        heights += [share] if text[2:4].isdigit() else []
    assert 0.6 < np.mean(np.array(heights) < 0.76) < 0.9


@needs_glyphs
@pytest.mark.data
def test_words_beside_a_number_are_not_part_of_it() -> None:
    """Serials fit their patterns whatever stands above, below and in the corners."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        assert re.fullmatch("[0-9A-Z]{2,8}", render_plate(rng, PlateKind.US).text)
        indonesian = draw_format(rng, PlateKind.ASIA, ASIA[0]).text
        assert re.fullmatch(r"[A-Z]{1,2}\d{2,4}[A-Z]{1,3}", indonesian)
        thai = draw_format(rng, PlateKind.THAILAND, THAILAND[0]).text
        assert re.fullmatch(rf"\d?{UNKNOWN}{{1,2}}\d{{1,4}}", thai)


def test_lettering_for_measuring_never_trains() -> None:
    training = {*LATIN_FONTS, *SIGN_FONTS, *HAND_FONTS, *DIES}
    assert not training & {*MEASURING_FONTS, *MEASURING_HAND_FONTS}
    for kind in (PlateKind.ARABIC, PlateKind.THAILAND, PlateKind.CYRILLIC):
        if not can_draw(kind):
            continue
        for script in {chosen.script for chosen in FORMATS[kind]} - {None}:
            trains, measures = (set(script_fonts(script, p)) for p in ("training", "measuring"))
            assert not trains & measures or trains == measures  # one side has none of its own


def test_plates_for_measuring_are_the_same_again() -> None:
    some = (*US_KINDS, *TWO_ROW_KINDS, PlateKind.ARABIC, PlateKind.CYRILLIC)
    kinds = [kind for kind in some if can_draw(kind)]
    first, second = (list(measuring_plates(kinds, 1, 5)) for _ in range(2))
    assert [plate.kind for plate in first] == kinds
    for one, other in zip(first, second, strict=True):
        assert one.text == other.text
        assert np.array_equal(one.image, other.image)
        assert (UNKNOWN in one.text) >= (one.kind in SCRIPT_KINDS)
    alone = next(measuring_plates(kinds[-1:], 1, 5))
    assert np.array_equal(alone.image, first[-1].image)


def test_every_state_has_a_design() -> None:
    names = {state.name.removesuffix(" USA").casefold() for state in STATES[PlateKind.US]}
    assert len(names) == 51  # fifty states and the capital's district


@pytest.mark.parametrize("kind", [kind for kind in PlateKind if kind.chinese])
def test_chinese_numbers_follow_their_formats(kind: PlateKind) -> None:
    rng = np.random.default_rng(0)
    lengths = {len(number(rng, kind)) for _ in range(200)}
    expected = {
        PlateKind.GREEN_SMALL: {8},
        PlateKind.GREEN_LARGE: {8},
        PlateKind.EMERGENCY: {8},
        PlateKind.AGRICULTURAL: {8},
        PlateKind.ARMED_POLICE: {8, 9},
        PlateKind.ARMED_POLICE_TWO_ROWS: {8, 9},
    }
    assert lengths == expected.get(kind, {7})


def test_a_latin_kind_has_no_chinese_number() -> None:
    with pytest.raises(ValueError, match="not a Chinese kind"):
        number(np.random.default_rng(0), PlateKind.US)


def test_provinces_are_uniform() -> None:
    rng = np.random.default_rng(0)
    drawn = [number(rng, PlateKind.BLUE)[0] for _ in range(31 * 200)]
    counts = np.array([drawn.count(province) for province in PROVINCES])
    assert len(PROVINCES) == 31
    assert counts.min() > 130
    assert counts.max() < 280


def test_patterns_are_filled_by_class() -> None:
    rng = np.random.default_rng(0)
    text = fill(rng, "A9-x \\AC", letters="Q")
    assert text[0] == "Q"
    assert text[1].isdigit()
    assert text[2] == "-"
    assert text[4:6] == " A"
    assert text[6] in "BCDFGHJKLPRSTVWXYZ"


def test_a_pattern_has_codes_and_stacked_pairs() -> None:
    rng = np.random.default_rng(0)
    chosen = Format(patterns=(), codes=("TÖL",), letters="Q")
    marks = fill_marks(rng, chosen, "k*A[9A]")
    assert marks[:5] == ["T", "Ö", "L", "*", "Q"]
    assert marks[5][0].isdigit()
    assert marks[5][1:] == "\nQ"
    with pytest.raises(ValueError, match="without a script"):
        fill_marks(rng, chosen, "s 99")


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("7", "7"),
        ("京", "京"),
        ("Х", "X"),  # the left one is Cyrillic
        ("Ж", UNKNOWN),
        ("서\n울", UNKNOWN * 2),
        ("تونس", UNKNOWN * 2),
        ("نت", UNKNOWN),
        ("ليبيا", UNKNOWN),
        ("ঢাকা", UNKNOWN),
        ("大", UNKNOWN),
    ],
)
def test_a_mark_stands_for_itself_its_twin_or_its_groups(mark: str, text: str) -> None:
    assert as_text(mark) == text


def test_letters_of_a_word_are_joined() -> None:
    try:
        font = available_fonts(("DejaVuSans-Bold",))[0]
    except FileNotFoundError:
        pytest.skip("no font with Arabic letters")
    word = script_glyph(font, 0, "نت", "أ")
    letters = [script_glyph(font, 0, letter, "أ") for letter in "نت"]
    # the joined forms are narrower than the two letters apart
    assert word.width < 0.9 * sum(letter.width for letter in letters)


def test_kinds_are_drawn_by_weight() -> None:
    rng = np.random.default_rng(0)
    drawn = [random_kind(rng) for _ in range(4000)]
    assert set(KIND_WEIGHTS) == set(PlateKind)
    share = KIND_WEIGHTS[PlateKind.BLUE] / sum(KIND_WEIGHTS.values())
    assert drawn.count(PlateKind.BLUE) / 4000 == pytest.approx(share, abs=0.03)


def test_degraded_pictures_keep_shape_and_contrast() -> None:
    picture = np.zeros((60, 180, 3), np.uint8)
    picture[20:40, 40:140] = 230
    for seed in range(40):
        worse = degrade(np.random.default_rng(seed), picture)
        assert worse.shape == picture.shape
        assert worse.dtype == np.uint8
        assert worse[15:45, 45:135].std() > 5
    first = degrade(np.random.default_rng(9), picture)
    assert np.array_equal(first, degrade(np.random.default_rng(9), picture))


def test_a_missing_font_is_said() -> None:
    with pytest.raises(FileNotFoundError, match="README"):
        available_fonts(("No-Such-Font",))


def glyph(char: str) -> np.ndarray:
    """A seven or an M of plain bars, 60 x 40 px."""
    mask = np.zeros((60, 40), np.uint8)
    if char in "7T":
        mask[:8] = 255
        mask[:, 16:24] = 255
    else:
        mask[:, :8] = mask[:, 32:] = 255
    return mask


def test_barbs_hang_from_the_bar() -> None:
    plain = glyph("7")
    seven, tee = barbed("7", plain, 0.15), barbed("T", plain, 0.15)
    assert seven[12, 2] == tee[12, 2] == tee[12, 37] == 255
    assert seven[12, 37] == plain[12, 2] == 0
    assert (barbed("K", plain, 0.15) == plain).all()


def test_a_standing_one_has_two_serifs() -> None:
    one = standing_one(glyph("7")[:, 16:24], 0.4)
    assert one.shape == (60, 24)
    assert (one[0] == 255).all()
    assert (one[-1] == 255).all()
    assert (one[30, [0, -1]] == 0).all()


def test_a_short_valley_ends_above_the_foot() -> None:
    mark = short_valley(glyph("M"), 0.5)
    assert mark[27, 20] == 255
    assert (mark[45:, 12:28] == 0).all()
    assert (mark[:, 2] == 255).all()


def test_a_barred_c_has_a_bar_and_a_spur_at_the_right() -> None:
    bow = np.zeros((60, 40), np.uint8)
    bow[:8] = bow[52:] = bow[:, :8] = 255
    bar, spur = barred_c(bow, 0.4, spur=False), barred_c(bow, 0.4, spur=True)
    assert bar[34, 39] == bar[34, 26] == spur[45, 39] == 255
    assert bar[34, 20] == bar[45, 39] == 0


def test_letterforms_are_one_look_for_a_plate() -> None:
    looks = [plate_letterforms(np.random.default_rng(n), PlateKind.TAIWAN) for n in range(40)]
    plain = glyph("7")
    changed = [not np.array_equal(look("7", plain), plain) for look in looks]
    assert 20 < sum(changed) < 40
    for look in looks:
        assert np.array_equal(look("7", plain), look("7", plain))
        assert np.array_equal(look("8", plain), plain)
