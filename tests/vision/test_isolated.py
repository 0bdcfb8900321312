from collections.abc import Sequence

import numpy as np

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.readings import PlateReading
from platestream.vision.arrays import UInt8Array
from platestream.vision.isolated import read_safely
from tests.cli.conftest import box, reading


def test_a_failing_picture_takes_no_neighbour_with_it() -> None:
    good = (reading("京A1", box(0, 0, 10, 10)),)

    def read(pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        if any(int(item[0, 0, 0]) == 9 for item in pictures):
            raise RuntimeError("inference failed")
        return [good for _ in pictures]

    pictures = [np.full((2, 2, 3), value, np.uint8) for value in (1, 9, 2)]
    first, failed, last = read_safely(read, pictures)
    assert first == last == good
    assert isinstance(failed, FrameError)
    assert failed.code is ErrorCode.RECOGNITION_FAILED
    assert "inference failed" not in failed.message
