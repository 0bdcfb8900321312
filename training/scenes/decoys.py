"""Things that look like plates and are not: what a plate detector confuses first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Image = NDArray[np.uint8]
Decoy = tuple[Image, NDArray[np.float32] | None]
"""Flat picture ``[h,w,3]`` BGR with optional opacity ``[h,w]``."""

# Words seen on vehicles, gates and roads. Without digits mixed in, so that none is a plate.
WORDS = (
    "TAXI", "POLICE", "BUS", "PARKING", "STOP", "SLOW", "EXIT", "ENTRANCE", "TOYOTA", "HONDA",
    "VOLVO", "TURBO", "HYBRID", "AWD", "TDI", "SUZUKI", "FORD", "NISSAN", "KIA", "SCHOOL BUS",
    "DELIVERY", "EXPRESS", "RENT", "SALE", "HOTEL", "CAFE", "BANK", "MARKET", "CAUTION", "ONE WAY",
    "NO ENTRY", "AUTO", "MOTORS", "SERVICE", "DIESEL", "ELECTRIC", "LONG VEHICLE", "BMW", "AUDI",
    "HYUNDAI", "CHERY", "BYD", "GEELY", "PASSAT", "JETTA", "CAMRY", "ACCORD", "COROLLA", "VW",
)  # fmt: skip
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
)


def _colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    b, g, r = (int(v) for v in rng.integers(low, high, 3))
    return b, g, r


def _paper(rng: np.random.Generator, width: int, height: int) -> Image:
    """A lit sheet of one colour with a soft gradient."""
    base = np.array(_colour(rng), np.float64)
    if rng.random() < 0.5:
        base = rng.integers(10, 250) + rng.normal(0, 8, 3)
    ramp = np.linspace(-1, 1, width)[None, :, None] * rng.normal(0, 15)
    ramp = ramp + np.linspace(-1, 1, height)[:, None, None] * rng.normal(0, 15)
    return np.clip(base + ramp, 0, 255).astype(np.uint8)


def _text(canvas: Image, text: str, rng: np.random.Generator) -> None:
    """Write text over the whole canvas in a contrasting colour."""
    h, w = canvas.shape[:2]
    font = int(rng.choice(FONTS))
    thick = int(rng.integers(2, 7))
    (tw, th), _ = cv2.getTextSize(text, font, 2.0, thick)
    fit = min(w * rng.uniform(0.6, 0.95) / max(tw, 1), h * rng.uniform(0.4, 0.85) / max(th, 1))
    (tw, th), _ = cv2.getTextSize(text, font, 2.0 * fit, max(1, round(thick * fit)))
    ink = (20, 20, 20) if canvas.mean() > 128 else (235, 235, 235)
    if rng.random() < 0.3:
        ink = _colour(rng)
    at = ((w - tw) // 2, (h + th) // 2)
    cv2.putText(canvas, text, at, font, 2.0 * fit, ink, max(1, round(thick * fit)), cv2.LINE_AA)


def blank(rng: np.random.Generator) -> Decoy:
    """An empty sheet, sometimes with a border: a plate without characters."""
    image = _paper(rng, 200, int(rng.integers(40, 130)))
    if rng.random() < 0.6:
        h, w = image.shape[:2]
        cv2.rectangle(image, (4, 4), (w - 5, h - 5), _colour(rng), int(rng.integers(1, 5)))
    return image, None


def word(rng: np.random.Generator) -> Decoy:
    """A word on a coloured sheet: signs, badges, shop fronts."""
    image = _paper(rng, 200, int(rng.integers(36, 100)))
    _text(image, str(rng.choice(WORDS)), rng)
    return image, None


def lettering(rng: np.random.Generator) -> Decoy:
    """A word without a sheet: letters straight on the body work."""
    canvas = np.zeros((int(rng.integers(40, 70)), 220, 3), np.uint8)
    _text(canvas, str(rng.choice(WORDS)), rng)
    alpha = (canvas.max(2) > 60).astype(np.float32)
    return np.full_like(canvas, _colour(rng, 60)), alpha


def number(rng: np.random.Generator) -> Decoy:
    """A parking bay, house, bus line or price number: one to three digits, or a phone number."""
    wide = rng.random() < 0.3
    digits = "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(9, 13)) if wide else 0))
    digits = digits or str(rng.integers(0, 1000))
    image = _paper(rng, 300 if wide else 120, int(rng.integers(36, 100)))
    _text(image, digits, rng)
    return image, None


def letter(rng: np.random.Generator) -> Decoy:
    """A single big character."""
    image = _paper(rng, int(rng.integers(60, 200)), int(rng.integers(50, 90)))
    _text(image, chr(int(rng.integers(65, 91))), rng)
    return image, None


def stripes(rng: np.random.Generator) -> Decoy:
    """Grilles, vents, barriers, zebra stripes."""
    h, w = int(rng.integers(40, 120)), 200
    period = rng.uniform(6, 40)
    angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    wave = np.sin((xs * np.cos(angle) + ys * np.sin(angle)) * 2 * np.pi / period)
    mask = (1 / (1 + np.exp(-wave * rng.uniform(2, 12))))[:, :, None]
    one, two = np.array(_colour(rng)), np.array(_colour(rng))
    return (one * mask + two * (1 - mask)).astype(np.uint8), None


def lamp(rng: np.random.Generator) -> Decoy:
    """A head or tail lamp: a lit, coloured blob with a bright core and facets."""
    h, w = int(rng.integers(50, 110)), int(rng.integers(90, 200))
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    cx, cy = w * rng.uniform(0.3, 0.7), h * rng.uniform(0.3, 0.7)
    reach = np.sqrt(((xs - cx) / w) ** 2 + ((ys - cy) / h) ** 2)
    hue = [(40, 40, 200), (30, 120, 230), (220, 230, 235), (60, 60, 140)][int(rng.integers(4))]
    glow = np.exp(-((reach / rng.uniform(0.15, 0.5)) ** 2))[:, :, None]
    image = np.array(hue) * 0.8 * (1 - glow) + 255 * glow
    if rng.random() < 0.5:
        image = image * (0.85 + 0.15 * np.sin(xs / rng.uniform(1.5, 5)))[:, :, None]
    alpha = (reach < rng.uniform(0.45, 0.75)).astype(np.float32)
    return np.clip(image, 0, 255).astype(np.uint8), alpha


def wheel(rng: np.random.Generator) -> Decoy:
    """A wheel: dark tyre, bright rim with spokes."""
    size = 140
    image = np.full((size, size, 3), rng.integers(15, 60), np.uint8)
    centre = (size // 2, size // 2)
    rim = int(rng.integers(120, 230))
    cv2.circle(image, centre, int(size * 0.34), (rim, rim, rim), -1, cv2.LINE_AA)
    spokes = int(rng.integers(4, 12))
    for i in range(spokes):
        a = 2 * np.pi * i / spokes
        end = (int(size / 2 + 46 * np.cos(a)), int(size / 2 + 46 * np.sin(a)))
        dark = int(rim * 0.35)
        cv2.line(image, centre, end, (dark,) * 3, int(rng.integers(3, 10)), cv2.LINE_AA)
    ys, xs = np.mgrid[0:size, 0:size]
    alpha = (((xs - size / 2) ** 2 + (ys - size / 2) ** 2) < (size * 0.48) ** 2).astype(np.float32)
    return image, alpha


def badge(rng: np.random.Generator) -> Decoy:
    """A maker's badge: rings, ovals, crosses, in chrome."""
    image = np.zeros((80, 140, 3), np.uint8)
    chrome = int(rng.integers(150, 250))
    for _ in range(int(rng.integers(1, 5))):
        centre = (int(rng.integers(30, 110)), 40)
        axes = (int(rng.integers(12, 40)), int(rng.integers(12, 34)))
        thick = int(rng.integers(3, 9))
        cv2.ellipse(image, centre, axes, 0, 0, 360, (chrome,) * 3, thick, cv2.LINE_AA)
    alpha = (image.max(2) > 20).astype(np.float32)
    return image, alpha


def rings(rng: np.random.Generator) -> Decoy:
    """Interlocking chrome rings in a row: from afar they look like characters."""
    image = np.zeros((60, 180, 3), np.uint8)
    chrome = int(rng.integers(120, 250))
    for i in range(int(rng.integers(3, 5))):
        centre = (30 + 38 * i, 30)
        cv2.circle(image, centre, 24, (chrome,) * 3, int(rng.integers(4, 8)), cv2.LINE_AA)
    return image, (image.max(2) / np.float32(255) > 0.1).astype(np.float32)


def display(rng: np.random.Generator) -> Decoy:
    """A dot-matrix display as on buses and gates: coloured dots on black."""
    rows, columns = 16, int(rng.integers(56, 130))
    mask = np.zeros((rows * 2, columns * 2), np.uint8)
    digits = "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(1, 4))))
    text = f"{digits} {rng.choice(WORDS)}" if rng.random() < 0.6 else str(rng.choice(WORDS))
    cv2.putText(mask, text, (2, rows * 2 - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.85, 255, 2, cv2.LINE_AA)
    dots = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA) > 90
    ink = [(40, 60, 250), (30, 150, 255), (60, 230, 80)][int(rng.integers(3))]
    image = np.full((rows * 4, columns * 4, 3), rng.integers(5, 40), np.uint8)
    for y, x in np.argwhere(dots):
        cv2.circle(image, (int(x) * 4 + 2, int(y) * 4 + 2), 2, ink, -1, cv2.LINE_AA)
    return image, None


def caption(rng: np.random.Generator) -> Decoy:
    """A camera's time stamp or a site's watermark, without a sheet behind it."""
    if rng.random() < 0.6:
        y, mo, d, h, mi, s = (
            int(v) for v in rng.integers([2000, 1, 1, 0, 0, 0], [2030, 13, 29, 24, 60, 60])
        )
        forms = (
            f"{y}/{mo:02d}/{d:02d}", f"{y}-{mo:02d}-{d:02d} {h:02d}:{mi:02d}:{s:02d}",
            f"{h:02d}:{mi:02d}:{s:02d}", "0000/00000", f"CAM {d:02d}", f"{d:02d}.{mo:02d}.{y}",
        )  # fmt: skip
        text = str(rng.choice(forms))
    else:
        text = str(rng.choice(WORDS)).lower().replace(" ", "") + str(
            rng.choice([".com", ".net", ""])
        )
    scale = 1.4
    font = int(rng.choice(FONTS))
    thick = int(rng.integers(2, 4))
    (tw, th), _ = cv2.getTextSize(text, font, scale, thick)
    ink = np.zeros((th + 24, tw + 12), np.uint8)
    edge = np.zeros_like(ink)
    at = (6, th + 8)
    cv2.putText(edge, text, at, font, scale, 255, thick + 4, cv2.LINE_AA)
    cv2.putText(ink, text, at, font, scale, 255, thick, cv2.LINE_AA)
    tone = 255 if rng.random() < 0.7 else int(rng.integers(0, 255))
    image = (ink[:, :, None] / np.float32(255) * tone).repeat(3, 2).astype(np.uint8)
    alpha = edge if rng.random() < 0.5 else ink
    return image, (alpha / np.float32(255) * rng.uniform(0.6, 1.0)).astype(np.float32)


MAKERS: tuple[tuple[Callable[[np.random.Generator], Decoy], float], ...] = (
    (blank, 0.14),
    (word, 0.20),
    (display, 0.08),
    (rings, 0.06),
    (lettering, 0.12),
    (number, 0.14),
    (letter, 0.06),
    (stripes, 0.12),
    (lamp, 0.10),
    (wheel, 0.04),
    (badge, 0.06),
)
_WEIGHTS = np.array([w for _, w in MAKERS]) / sum(w for _, w in MAKERS)


def random_decoy(rng: np.random.Generator) -> Decoy:
    """One decoy of a random kind."""
    maker, _ = MAKERS[int(rng.choice(len(MAKERS), p=_WEIGHTS))]
    return maker(rng)
