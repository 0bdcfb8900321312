"""Lettering that is no plate, in installed type faces: captions, sheets, letters on body work."""

from __future__ import annotations

import functools
import itertools
import zlib
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from training.render.faces import Face, Purpose, faces, text_mask
from training.scenes.sheets import Colour, Decoy, Image, colour, contrasting, paper, trim
from training.scenes.texts import SCRIPTS, caption_text, number_text, pick, sheet_text

Mask = NDArray[np.uint8]

# Height in pixels at which a line is set; the paste shrinks it to its place.
_LINE: Final = 40
# A line longer than this is unreadable at any size that a picture has.
_LONGEST: Final = 900
# Share of the lettering that is not Latin, where a face for it is installed.
_OTHER_SCRIPTS: Final = 0.22
# Faces of one other script: looking through hundreds of files would take most of a minute.
_ENOUGH: Final = 16


@dataclass(frozen=True, slots=True)
class Lettering:
    """A drawn text.

    Attributes:
        image: uint8 BGR ``[h, w, 3]``.
        alpha: opacity, float32 ``[h, w]`` in 0..1, or None where the picture is a whole sheet.
        text: the lines, joined by line feeds.
    """

    image: Image
    alpha: NDArray[np.float32] | None
    text: str

    @property
    def decoy(self) -> Decoy:
        """Picture and opacity."""
        return self.image, self.alpha


@functools.cache
def faces_of(purpose: Purpose, script: str) -> tuple[Face, ...]:
    """Return a dozen installed faces that can write a script of ``SCRIPTS``, or fewer."""
    wanted = "".join(sorted(set("".join(SCRIPTS[script])) - {" "}))[:6]
    every = sorted(faces(purpose), key=lambda face: zlib.crc32(face.path.name.encode()))
    return tuple(itertools.islice((face for face in every if _writes(face, wanted)), _ENOUGH))


def _writes(face: Face, characters: str) -> bool:
    try:
        font = ImageFont.truetype(str(face.path), 20)
        absent = bytes(font.getmask("\uffff"))
        return all(bytes(font.getmask(char)) != absent for char in characters)
    except OSError:
        return False


def _random_text(
    rng: np.random.Generator, purpose: Purpose, latin: str, tries: int = 4
) -> tuple[Face, str]:
    """Return a face and the Latin text, or now and then a word of another script in its place."""
    if rng.random() < _OTHER_SCRIPTS:
        for _ in range(tries):
            script = pick(rng, tuple(SCRIPTS))
            able = faces_of(purpose, script)
            if able:
                word = pick(rng, SCRIPTS[script])
                if rng.random() < 0.4:
                    word = f"{word} {number_text(rng)}"
                return able[int(rng.integers(len(able)))], word
    every = faces(purpose)
    return every[int(rng.integers(len(every)))], latin


def line_mask(face: Face, text: str, height: int = _LINE) -> Mask:
    """Return a line's ink, uint8 ``[height, w]``; empty lines and too long ones are cut.

    Raises:
        ValueError: if the face draws nothing for the text.
    """
    mask = text_mask(face, text)
    width = round(mask.shape[1] * height / mask.shape[0])
    size = (int(np.clip(width, 4, _LONGEST)), height)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def _safe_mask(rng: np.random.Generator, purpose: Purpose, latin: str) -> tuple[Mask, str]:
    """A line in a random face; a face that cannot write it gives way to another."""
    while True:
        face, text = _random_text(rng, purpose, latin)
        try:
            return line_mask(face, text), text
        except (ValueError, OSError):
            continue


def _block(
    rng: np.random.Generator, purpose: Purpose, texts: list[str], spacing: float
) -> tuple[Mask, str]:
    """Several lines under each other, left aligned or centred."""
    lines = [_safe_mask(rng, purpose, text) for text in texts]
    width = max(mask.shape[1] for mask, _ in lines)
    step = round(_LINE * (1 + spacing))
    block = np.zeros((_LINE + step * (len(lines) - 1), width), np.uint8)
    centred = rng.random() < 0.5
    for number, (mask, _) in enumerate(lines):
        x = (width - mask.shape[1]) // 2 if centred else 0
        block[number * step : number * step + _LINE, x : x + mask.shape[1]] = mask
    return block, "\n".join(text for _, text in lines)


def _ink(rng: np.random.Generator) -> Colour:
    """White and yellow most often, as recorders write."""
    usual: tuple[Colour, ...] = (
        (255, 255, 255), (255, 255, 255), (255, 255, 255), (0, 255, 255), (0, 255, 0),
        (40, 40, 255), (0, 0, 0), (255, 200, 0),
    )  # fmt: skip
    return usual[int(rng.integers(len(usual)))] if rng.random() < 0.85 else colour(rng)


def caption(
    rng: np.random.Generator, purpose: Purpose = "training", *, text: str | None = None
) -> Lettering:
    """Draw what a camera or a site writes over a picture: plain, outlined, shadowed or boxed.

    Args:
        rng: source of randomness.
        purpose: which faces may be used.
        text: one line to draw, or None for one to three random ones.
    """
    count = 1 if rng.random() < 0.75 else int(rng.integers(2, 4))
    texts = [caption_text(rng) for _ in range(count)] if text is None else [text]
    if text is None:
        ink, written = _block(rng, purpose, texts, rng.uniform(0.1, 0.6))
    else:
        every = faces(purpose)
        ink = line_mask(every[int(rng.integers(len(every)))], text)
        written = text
    pad = int(rng.integers(4, 16))
    ink = np.asarray(cv2.copyMakeBorder(ink, pad, pad, pad, pad, cv2.BORDER_CONSTANT), np.uint8)
    tone = np.array(_ink(rng), np.float32)
    back = np.array(contrasting(rng, tone), np.float32)
    style = rng.random()
    under = np.zeros_like(ink)
    if style < 0.25:
        reach = int(rng.integers(3, 8))
        under = np.asarray(cv2.dilate(ink, np.ones((reach, reach), np.uint8)), np.uint8)
    elif style < 0.40:
        dx, dy = (int(v) for v in rng.integers(1, 5, 2))
        under[dy:, dx:] = ink[:-dy, :-dx]
        if rng.random() < 0.5:
            under = np.asarray(cv2.GaussianBlur(under, (0, 0), 1.5), np.uint8)
    elif style < 0.65:
        under[:] = 255 if rng.random() < 0.6 else int(rng.integers(90, 255))
    cover = ink.astype(np.float32)[:, :, None] / 255
    image = np.clip(tone * cover + back * (1 - cover), 0, 255).astype(np.uint8)
    alpha = np.maximum(ink, under).astype(np.float32) / 255
    strength = 1.0 if rng.random() < 0.6 else rng.uniform(0.35, 1.0)
    return Lettering(image, np.asarray(alpha * strength, np.float32), written)


def sheet(
    rng: np.random.Generator, purpose: Purpose = "training", *, text: str | None = None
) -> Lettering:
    """Draw a sign, sticker or sheet of paper with words or a number on it.

    Args:
        rng: source of randomness.
        purpose: which faces may be used.
        text: one line to draw, or None for one or two random ones.
    """
    count = 1 if rng.random() < 0.7 else 2
    texts = [sheet_text(rng) for _ in range(count)] if text is None else [text]
    if text is None:
        ink, written = _block(rng, purpose, texts, rng.uniform(0.1, 0.5))
    else:
        every = faces(purpose)
        ink, written = line_mask(every[int(rng.integers(len(every)))], text), text
    h, w = ink.shape
    side, above = int(w * rng.uniform(0.03, 0.4)) + 4, int(h * rng.uniform(0.1, 0.7)) + 3
    ink = np.asarray(
        cv2.copyMakeBorder(ink, above, above, side, side, cv2.BORDER_CONSTANT), np.uint8
    )
    image = paper(rng, ink.shape[1], ink.shape[0])
    tone = np.array(contrasting(rng, image.mean((0, 1))), np.float32)
    cover = ink.astype(np.float32)[:, :, None] / 255
    image = np.clip(image * (1 - cover) + tone * cover, 0, 255).astype(np.uint8)
    return Lettering(image, trim(rng, image, tone), written)


def mark(rng: np.random.Generator, purpose: Purpose = "training") -> Lettering:
    """Draw letters straight on body work or glass: makers' names, fleet numbers, slogans."""
    latin = sheet_text(rng) if rng.random() < 0.6 else number_text(rng)
    ink, written = _safe_mask(rng, purpose, latin)
    ink = np.asarray(cv2.copyMakeBorder(ink, 4, 4, 6, 6, cv2.BORDER_CONSTANT), np.uint8)
    image = np.empty((*ink.shape, 3), np.uint8)
    image[:] = colour(rng) if rng.random() < 0.5 else (int(rng.integers(0, 256)),) * 3
    if rng.random() < 0.3:  # chrome: bright above, dark below
        ramp = np.linspace(1.0, rng.uniform(0.4, 0.8), ink.shape[0])[:, None, None]
        image = np.asarray(image * ramp, np.uint8)
    return Lettering(image, np.asarray(ink / np.float32(255), np.float32), written)
