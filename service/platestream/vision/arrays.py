"""Names for the arrays that pass between the modules of this folder."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

UInt8Array: TypeAlias = NDArray[np.uint8]
Float32Array: TypeAlias = NDArray[np.float32]
Float64Array: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]


def check_pictures(pictures: Sequence[UInt8Array]) -> None:
    """Check that all are pictures.

    Raises:
        ValueError: if one is not uint8 ``[H, W, 3]``, or has no pixels.
    """
    for index, picture in enumerate(pictures):
        shape = picture.shape
        if picture.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:  # noqa: PLR2004
            raise ValueError(f"picture {index} is {picture.dtype} {shape}, not uint8 [H, W, 3]")
