"""Sources of lettering: glyph pictures of the Chinese standard, and free fonts.

Every glyph is an ink mask: uint8 ``[h, w]``, 255 where there is ink, cropped to the ink.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.uint8]

# Font glyphs are drawn once at this height and resized from there; the tallest use is 120 px.
_FONT_PIXELS = 150
# Lines of small lettering: the tallest use is 60 px, most are below 25.
_LINE_PIXELS = 64
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")

# Debian packages with these files are listed in the README. Whichever are present are used.
LATIN_FONTS = (
    "LiberationSans-Bold",
    "LiberationSans-Regular",
    "LiberationSansNarrow-Bold",
    "LiberationMono-Bold",
    "DejaVuSans-Bold",
    "DejaVuSansCondensed-Bold",
    "DejaVuSansMono-Bold",
    "Roboto-Bold",
    "Roboto-Medium",
    "RobotoCondensed-Bold",
    "RobotoCondensed-Medium",
    "NimbusSans-Bold",
    "NimbusSansNarrow-Bold",
    "NimbusMonoPS-Bold",
    "URWGothic-Demi",
    "BebasNeue-Regular",
    "B612-Bold",
    "B612Mono-Bold",
    "Cabin-Bold",
    "Play-Bold",
    "Lato-Bold",
    "Lato-Heavy",
    "OpenSans-Bold",
    "OpenSans-CondBold",
    "Dosis-Bold",
    "Dosis-SemiBold",
    "Inter-Bold",
    "Go-Bold",
    "Go-Mono-Bold",
    "Jura-Bold",
    "routed-gothic",
    "routed-gothic-narrow",
    "LeagueSpartan-Bold",
    "Quicksand-Bold",
    "Mplus1-Bold",
    "Mplus1Code-Medium",
)
# Close to the narrow, even-stroked lettering that road authorities use.
SIGN_FONTS = (
    "GL-Nummernschild-Mtl",
    "GL-Nummernschild-Eng",
    "routed-gothic",
    "routed-gothic-narrow",
    "BebasNeue-Regular",
    "Dosis-SemiBold",
    "Dosis-Bold",
    "RobotoCondensed-Bold",
    "RobotoCondensed-Medium",
    "LiberationSansNarrow-Bold",
    "NimbusSansNarrow-Bold",
    "Mplus1-Medium",
    "DejaVuSansCondensed-Bold",
    "OpenSans-CondBold",
)
CHINESE_FONTS = (
    ("NotoSansCJK-Bold", 2),
    ("NotoSansCJK-Regular", 2),
    ("DroidSansFallbackFull", 0),
    ("wqy-microhei", 0),
)


def data_folder() -> Path:
    """Return the folder of the source data: ``PLATESTREAM_DATA`` or ``../shared/data``."""
    named = os.environ.get("PLATESTREAM_DATA")
    if named:
        return Path(named)
    return Path(__file__).resolve().parents[2].parent / "shared" / "data"


def glyph_folder() -> Path:
    """Return the folder of the glyph sets."""
    return data_folder() / "glyphs"


def tight(mask: Mask) -> Mask:
    """Return the mask cropped to its ink.

    Raises:
        ValueError: if there is none.
    """
    ink = mask > 96
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        raise ValueError("glyph without ink")
    return np.ascontiguousarray(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError(f"not a picture: {path.name}")
    return np.asarray(picture, np.uint8)


@dataclass(frozen=True, slots=True)
class Lettering:
    """One complete look: a mask for each character that it has."""

    name: str
    masks: dict[str, Mask]

    def __contains__(self, char: str) -> bool:
        return char in self.masks


@functools.cache
def standard_lettering() -> dict[str, list[Lettering]]:
    """Return the Chinese standard's letterings by use, each as one or more variants.

    Uses: ``one_row``, ``green``, ``two_rows_top``, ``two_rows_bottom``.

    Raises:
        FileNotFoundError: if the glyph sets are not there.
    """
    folder = glyph_folder()
    fonts = folder / "cn_yyq19990828" / "font_model"
    cutouts = folder / "cn_huangxinping" / "generator" / "images"
    if not fonts.is_dir():
        raise FileNotFoundError(f"no glyph sets in {folder}: set PLATESTREAM_DATA")
    sets: dict[str, dict[str, Mask]] = {"140": {}, "220_top": {}, "220_bottom": {}, "green": {}}
    for path in sorted(fonts.glob("*.jpg")):
        parts = path.stem.split("_")
        char = parts[-1]
        grey = _read(path)
        if grey.ndim == 3:
            grey = np.asarray(cv2.cvtColor(grey[..., :3], cv2.COLOR_BGR2GRAY), np.uint8)
        mask = tight(255 - grey)
        if parts[0] != "220":
            sets[parts[0]][char] = mask
        elif char.isdigit() or "down" in parts or char == "挂":
            sets["220_bottom"][char] = mask
        else:
            sets["220_top"][char] = mask
    second: dict[str, dict[str, Mask]] = {}
    for use in ("black", "white", "green", "yellow/top", "yellow/bottom"):
        second[use] = {}
        for path in sorted((cutouts / use).glob("*.png")):
            picture = _read(path)
            if len(path.stem) == 1 and picture.ndim == 3 and picture.shape[2] == 4:
                second[use][path.stem.upper()] = tight(picture[..., 3])
    plain = Lettering("a140", sets["140"])
    return {
        "one_row": [
            plain,
            Lettering("b_black", sets["140"] | second["black"]),
            Lettering("b_white", sets["140"] | second["white"]),
        ],
        "green": [
            Lettering("a_green", sets["140"] | sets["green"]),
            Lettering("b_green", sets["140"] | sets["green"] | second["green"]),
        ],
        "two_rows_top": [
            Lettering("a_top", sets["140"] | sets["220_top"]),
            Lettering("b_top", sets["140"] | sets["220_top"] | second["yellow/top"]),
        ],
        "two_rows_bottom": [
            Lettering("a_bottom", sets["140"] | sets["220_bottom"]),
            Lettering("b_bottom", sets["140"] | sets["220_bottom"] | second["yellow/bottom"]),
        ],
    }


def font_folders() -> list[Path]:
    """Return the folders of installed fonts that exist."""
    folders = (*(Path(folder) for folder in _FONT_FOLDERS), Path.home() / ".fonts")
    return [folder for folder in folders if folder.is_dir()]


@functools.cache
def _font_files() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in (*font_folders(), glyph_folder()):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.suffix.lower() in {".ttf", ".otf", ".ttc"}:
                found.setdefault(path.stem, path)
    return found


def available_fonts(names: tuple[str, ...]) -> list[str]:
    """Return those of the named font files that are installed, in the given order.

    Raises:
        FileNotFoundError: if none of them is.
    """
    present = [name for name in names if name in _font_files()]
    if not present:
        raise FileNotFoundError("none of the fonts is installed: see training/recognizer/README.md")
    return present


@functools.lru_cache(maxsize=256)
def plate_font(name: str, index: int = 0) -> ImageFont.FreeTypeFont:
    """Return an installed font file at the size at which characters are drawn once."""
    return ImageFont.truetype(str(_font_files()[name]), _FONT_PIXELS, index=index)


@functools.lru_cache(maxsize=8192)
def font_glyph(name: str, char: str, index: int = 0) -> Mask:
    """Return the mask of one character drawn in an installed font file."""
    font = plate_font(name, index)
    canvas = Image.new("L", (_FONT_PIXELS * 3, _FONT_PIXELS * 3), 0)
    ImageDraw.Draw(canvas).text((_FONT_PIXELS, _FONT_PIXELS), char, fill=255, font=font)
    return tight(np.asarray(canvas, np.uint8))


@functools.cache
def chinese_fonts() -> list[tuple[str, int]]:
    """Return the installed fonts, with face index, that have the Chinese characters."""
    present = [(name, index) for name, index in CHINESE_FONTS if name in _font_files()]
    if not present:
        raise FileNotFoundError("no Chinese font is installed: see training/recognizer/README.md")
    return present


@functools.lru_cache(maxsize=256)
def _small_font(name: str, index: int) -> ImageFont.FreeTypeFont:
    return plate_font(name, index).font_variant(size=_LINE_PIXELS)


@functools.lru_cache(maxsize=16384)
def font_line(name: str, text: str, index: int = 0) -> Mask:
    """Return the mask of a short line of text, for lettering that is not part of the number."""
    font = _small_font(name, index)
    canvas = Image.new("L", (_LINE_PIXELS * (len(text) + 2), _LINE_PIXELS * 3), 0)
    ImageDraw.Draw(canvas).text((_LINE_PIXELS, _LINE_PIXELS), text, fill=255, font=font)
    return tight(np.asarray(canvas, np.uint8))
