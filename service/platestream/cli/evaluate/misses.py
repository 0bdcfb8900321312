"""The misses of an evaluation: what was not found, misread or made up, on contact sheets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from platestream.cli.evaluate.labels import Corners
from platestream.cli.evaluate.outcomes import PictureOutcome, PlateOutcome
from platestream.contract.readings import Quad
from platestream.vision.drawing import Bgr, crop_around, fit_size, put_text

UInt8Array = NDArray[np.uint8]
_INK: Final[Bgr] = (48, 34, 27)
_MUTED: Final[Bgr] = (120, 106, 96)
_BAD: Final[Bgr] = (43, 54, 201)
_GROUND: Final[Bgr] = (250, 247, 245)
_TILE_GROUND: Final[Bgr] = (235, 229, 224)
_TILE_WIDTH, _PICTURE_HEIGHT, _WORDS_HEIGHT, _GAP = 250, 110, 70, 14
_TEXT_SIZE, _SMALL = 20, 13
# Small plates are enlarged to be legible, but beyond this they are only bigger blocks.
_MAX_ENLARGEMENT = 6.0


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a contact sheet.

    Attributes:
        picture: uint8 BGR ``[H, W, 3]``, any size.
        expected: What the label says; empty where there is none.
        got: What was read; empty where nothing was.
        note: One short line below, such as the reason and the file.
    """

    picture: UInt8Array
    expected: str
    got: str
    note: str


def contact_sheet(
    tiles: Sequence[Tile], *, title: str, columns: int = 5, most: int = 300
) -> UInt8Array:
    """Lay tiles out in rows, the characters that differ in red.

    Args:
        tiles: The pictures; those after the first ``most`` are left out and the sheet says so.
        title: Written at the top.
        columns: Tiles per row.
        most: Largest number of tiles, so that the sheet stays a picture that viewers open.

    Returns:
        uint8 BGR ``[H, W, 3]``.
    """
    shown = tiles[:most]
    rows = -(-len(shown) // columns)
    step_y = _PICTURE_HEIGHT + _WORDS_HEIGHT + _GAP
    width = columns * (_TILE_WIDTH + _GAP) + _GAP
    head = 48
    sheet: UInt8Array = np.full((head + max(rows, 1) * step_y + _GAP, width, 3), _GROUND, np.uint8)
    left_out = f"  (the first {most} of {len(tiles)})" if len(tiles) > most else ""
    words = f"{title}{left_out}"
    put_text(sheet, words, (_GAP, 12), _INK, fit_size(words, 22, width - 2 * _GAP))
    if not shown:
        put_text(sheet, "none", (_GAP, head + 20), _MUTED, _TEXT_SIZE)
    for index, tile in enumerate(shown):
        row, column = divmod(index, columns)
        _draw_tile(sheet, tile, _GAP + column * (_TILE_WIDTH + _GAP), head + row * step_y)
    return sheet


def _draw_tile(sheet: UInt8Array, tile: Tile, x: int, y: int) -> None:
    frame = sheet[y : y + _PICTURE_HEIGHT, x : x + _TILE_WIDTH]
    frame[:] = _TILE_GROUND
    height, width = tile.picture.shape[:2]
    scale = min(_TILE_WIDTH / width, _PICTURE_HEIGHT / height, _MAX_ENLARGEMENT)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(tile.picture, size, interpolation=how)
    top, left = (_PICTURE_HEIGHT - size[1]) // 2, (_TILE_WIDTH - size[0]) // 2
    frame[top : top + size[1], left : left + size[0]] = small
    below = y + _PICTURE_HEIGHT + 2
    expected_bad, got_bad = differing(tile.expected, tile.got)
    _draw_word(sheet, "expected", tile.expected or "no plate", expected_bad, (x, below))
    _draw_word(sheet, "read", tile.got or "nothing", got_bad, (x, below + 22))
    note_size = fit_size(tile.note, _SMALL, _TILE_WIDTH)
    put_text(sheet, tile.note, (x, below + 48), _MUTED, note_size)


def _draw_word(
    sheet: UInt8Array, caption: str, word: str, bad: frozenset[int], at: tuple[int, int]
) -> None:
    x, y = at
    put_text(sheet, caption, (x, y + 6), _MUTED, _SMALL)
    room = _TILE_WIDTH - 62
    size = fit_size(word, _TEXT_SIZE, room)
    at_x = x + 62
    for index, char in enumerate(word):
        at_x = put_text(sheet, char, (at_x, y), _BAD if index in bad else _INK, size) + 1


def differing(expected: str, got: str) -> tuple[frozenset[int], frozenset[int]]:
    """Positions of ``expected`` and of ``got`` that the other does not have in its place."""
    if not expected or not got:
        return frozenset(), frozenset()
    in_expected: set[int] = set()
    in_got: set[int] = set()
    matcher = SequenceMatcher(None, expected, got, autojunk=False)
    for kind, i0, i1, j0, j1 in matcher.get_opcodes():
        if kind != "equal":
            in_expected.update(range(i0, i1))
            in_got.update(range(j0, j1))
    return frozenset(in_expected), frozenset(in_got)


Reason = Literal["not found", "misread", "false plate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One miss, with a copy of the part of the picture where it happened."""

    dataset: str
    file: str
    reason: Reason
    expected: str
    got: str
    confidence: float | None
    cutout: UInt8Array

    def tile(self) -> Tile:
        """The miss as a tile of a contact sheet."""
        surety = "" if self.confidence is None else f" {self.confidence:.2f}"
        note = f"{self.reason}{surety} · {self.dataset}/{self.file}"
        unknown = "" if self.reason == "false plate" else "(no text)"
        return Tile(self.cutout, self.expected or unknown, self.got, note)


def misses_of(outcome: PictureOutcome, pixels: Callable[[], UInt8Array]) -> Iterator[Miss]:
    """Every miss of one picture, whose pixels are asked for only where there is one."""
    for plate in outcome.plates:
        if plate.reading is None:
            yield _missed(outcome, pixels(), plate, "not found")
        elif plate.label.text and not plate.is_read:
            yield _missed(outcome, pixels(), plate, "misread")
    for reading in outcome.false_plates:
        yield Miss(
            dataset=outcome.picture.dataset,
            file=outcome.picture.path.name,
            reason="false plate",
            expected="",
            got=reading.plate_number,
            confidence=reading.confidence,
            cutout=crop_around(pixels(), reading.plate_location, margin=0.6).copy(),
        )


def _missed(
    outcome: PictureOutcome, picture: UInt8Array, plate: PlateOutcome, reason: Reason
) -> Miss:
    cutout = picture
    if plate.label.corners is not None:
        # A missed plate is shown with much around it: the reason often lies there.
        margin = 1.0 if reason == "not found" else 0.15
        cutout = crop_around(picture, _rounded(plate.label.corners), margin=margin)
    return Miss(
        dataset=outcome.picture.dataset,
        file=outcome.picture.path.name,
        reason=reason,
        expected=plate.label.text,
        got=plate.reading.plate_number if plate.reading else "",
        confidence=plate.reading.confidence if plate.reading else None,
        cutout=cutout.copy(),
    )


def _rounded(corners: Corners) -> Quad:
    one, two, three, four = ((round(x), round(y)) for x, y in corners)
    return one, two, three, four
