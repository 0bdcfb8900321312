"""A picture as its camera's settings have it seen: turned, and with what is left out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.telemetry.labels import LeftOut
from platestream.vision.arrays import Float32Array, UInt8Array, check_pictures
from platestream.vision.cameras.polygons import in_any
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture

# Stands for pictures that are none of pixels when the pixels of the others are checked.
_FINE: Final = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class CameraView:
    """A picture and its camera's settings.

    Attributes:
        picture: As it is looked at: turned.
        size: Width and height of the picture as it was sent, pixels.
        settings: The camera's; None where it has none.
    """

    picture: Picture
    size: tuple[int, int]
    settings: CameraSettings | None

    @property
    def regions(self) -> tuple[str, ...] | None:
        """Regions in place of the configured ones, if the camera has any."""
        return self.settings.regions if self.settings is not None else None

    @property
    def least_confidence(self) -> float | None:
        """The smallest confidence in place of the configured one, if the camera has one."""
        return self.settings.min_confidence if self.settings is not None else None

    @classmethod
    def of(cls, picture: Picture | UInt8Array, settings: CameraSettings | None) -> "CameraView":
        """See a picture as its camera's settings say.

        Raises:
            ValueError: if pixels have another type or shape.
        """
        whole = picture if isinstance(picture, Picture) else Picture.of(picture)
        turn = settings.turn if settings is not None else 0
        return cls(whole.turned(turn), (whole.width, whole.height), settings)

    def sent(self, corners: Float32Array) -> Float32Array:
        """Take corners ``[4, 2]`` from pixels of ``picture`` to those of the picture as sent.

        They keep their order: the first stays the plate's own top-left corner.
        """
        turn = self.settings.turn if self.settings is not None else 0
        width, height = self.size
        x, y = corners[:, 0], corners[:, 1]
        if turn == 90:  # noqa: PLR2004 - degrees
            return np.stack([y, height - 1 - x], axis=1)
        if turn == 180:  # noqa: PLR2004
            return np.stack([width - 1 - x, height - 1 - y], axis=1)
        if turn == 270:  # noqa: PLR2004
            return np.stack([width - 1 - y, x], axis=1)
        return corners

    def left_out(self, corners: Float32Array) -> LeftOut | None:
        """Why a plate is left out for where it is or how wide; None if it is not.

        It is asked between finding a plate and reading it: what is left out costs no reading, and
        nothing is painted over that a plate beside it could need.

        Args:
            corners: ``[4, 2]``, pixels of ``picture``.
        """
        settings = self.settings
        if settings is None:
            return None
        width, height = self.size
        sides = np.linalg.norm(corners[[1, 2]] - corners[[0, 3]], axis=1)
        share = float(sides.mean()) / width
        if share < settings.min_plate_width:
            return "narrow"
        if share > settings.max_plate_width:
            return "wide"
        x, y = self.sent(corners).mean(axis=0).tolist()
        # The middle of pixel 0 lies half a pixel inside the picture.
        centre = (x + 0.5) / width, (y + 0.5) / height
        if settings.areas and not in_any(centre, settings.areas):
            return "outside"
        if in_any(centre, settings.ignore_areas):
            return "ignored"
        return None


def views_of(
    pictures: Sequence[Picture | UInt8Array], cameras: Sequence[CameraSettings | None] | None
) -> list[CameraView]:
    """See each picture as its camera's settings say.

    Raises:
        ValueError: if there are not as many cameras as pictures, or pixels have another type.
    """
    check_pictures([one if isinstance(one, np.ndarray) else _FINE for one in pictures])
    given = cameras if cameras is not None else [None] * len(pictures)
    return [CameraView.of(*pair) for pair in zip(pictures, given, strict=True)]
