"""A picture at several sizes, decoded no finer than it is looked at.

A JPEG can be decoded at a half, a quarter or an eighth of its sides for a part of the cost: from
the lowest frequencies of each block, without making the pixels between. That is what the detector's
first look needs of a large frame; and of a frame without plates nothing else is ever decoded.

Whether a JPEG is whole is found out just the same: at every size all of its coded data is read.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Self

import cv2
import numpy as np

from platestream.vision.arrays import UInt8Array, check_pictures
from platestream.vision.picture.decode import decode_picture
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.picture.header import UPRIGHT, PictureHeader
from platestream.vision.settings import PictureLimits

_DIVISORS: Final = (1, 2, 4, 8)
# Every sixteenth pixel of each row and column tells pictures apart and costs microseconds.
_STEP: Final = 16
_ROTATIONS: Final = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


class Picture:
    """A picture whose sizes are made when they are first asked for, and kept.

    Pixel ``x`` at ``divisor`` covers the pixels ``divisor * x`` to ``divisor * (x + 1) - 1`` of the
    whole; the last one may reach beyond its edge. To be used by one thread at a time.

    Args:
        height: Of the upright picture, pixels.
        width: Of the upright picture, pixels.
        divisors: The sizes that there are, ascending from 1, the picture itself.
        make: Returns the pixels at a divisor, uint8 BGR ``[H, W, 3]``.
        identity: Returns bytes that tell pictures apart; some of its pixels when None.
    """

    def __init__(
        self,
        height: int,
        width: int,
        divisors: Sequence[int],
        make: Callable[[int], UInt8Array],
        identity: Callable[[], bytes] | None = None,
    ) -> None:
        self.height = height
        self.width = width
        self._divisors = tuple(divisors)
        self._make = make
        self._made: dict[int, UInt8Array] = {}
        self._identity = identity

    @classmethod
    def of(cls, pixels: UInt8Array) -> Self:
        """Return pixels, uint8 BGR ``[H, W, 3]``, as a picture of one size.

        Raises:
            ValueError: if they have another type or shape.
        """
        check_pictures([pixels])
        height, width = pixels.shape[:2]
        return cls(height, width, (1,), lambda _: pixels)

    @classmethod
    def encoded(
        cls, data: bytes, limits: PictureLimits, header: PictureHeader | None = None
    ) -> Self:
        """Return a picture that is yet to be decoded.

        Args:
            data: JPEG, PNG, BMP or TIFF.
            limits: What it may be.
            header: What the guard said of these bytes under these limits, where it was asked.

        Raises:
            FrameError: as :func:`platestream.vision.picture.guard.inspect_picture`.
        """
        about = header if header is not None else inspect_picture(data, limits)
        width, height = about.upright_size
        return cls(
            height,
            width,
            _divisors_of(about),
            lambda divisor: decode_picture(data, limits, about, divisor=divisor),
            lambda: data,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.height, self.width

    @property
    def pixels(self) -> UInt8Array:
        """The whole picture, uint8 BGR ``[H, W, 3]``.

        Raises:
            FrameError: if it cannot be decoded.
        """
        return self.at(1)

    @property
    def most_bytes(self) -> int:
        """Bytes that its pixels take once every size that is looked at has been made."""
        whole = self.height * self.width * 3
        return whole if self._divisors == (1,) else whole + whole // 4

    def divisor(self, most: float) -> int:
        """Return the largest divisor that there is up to ``most``; 1 if that is less."""
        return max((one for one in self._divisors if one <= most), default=1)

    def at(self, divisor: int) -> UInt8Array:
        """Return the picture at one of its divisors, uint8 BGR.

        Raises:
            FrameError: if it cannot be decoded.
        """
        if divisor not in self._made:
            self._made[divisor] = self._make(divisor)
        return self._made[divisor]

    def identity(self) -> bytes:
        """Return bytes that tell pictures apart: the encoded ones, else some of the pixels."""
        if self._identity is not None:
            return self._identity()
        return self.pixels[::_STEP, ::_STEP].tobytes()

    def turned(self, degrees: int) -> "Picture":
        """Return the picture turned clockwise by 90, 180 or 270 degrees; itself for 0."""
        if not degrees:
            return self
        how = _ROTATIONS[degrees]
        sides = self.shape if degrees == 180 else self.shape[::-1]  # noqa: PLR2004 - degrees
        whole = [one for one in self._divisors if not (self.height % one or self.width % one)]
        return Picture(
            *sides, whole, lambda divisor: _rotated(self.at(divisor), how), self.identity
        )


def pixels_of(picture: Picture | UInt8Array) -> UInt8Array:
    """Return the whole picture, uint8 BGR ``[H, W, 3]``, in whichever form it comes.

    Raises:
        FrameError: if it cannot be decoded.
    """
    return picture.pixels if isinstance(picture, Picture) else picture


def _rotated(pixels: UInt8Array, how: int) -> UInt8Array:
    turned: Any = cv2.rotate(pixels, how)
    return np.asarray(turned, np.uint8)


def _divisors_of(header: PictureHeader) -> tuple[int, ...]:
    """The divisors at which the picture can be decoded."""
    if not header.scalable:
        return (1,)
    if header.orientation == UPRIGHT:
        return _DIVISORS
    # Turned or flipped, the pixels that reach beyond the edge would lie before the first one.
    sides = header.width, header.height
    return tuple(one for one in _DIVISORS if not any(side % one for side in sides))
