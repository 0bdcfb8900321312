"""Whose fault a failed batch is."""

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.readings import PlateReading
from platestream.stream.inference import read_isolated
from platestream.stream.reader import ReaderBrokenError
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits
from tests.stream.fakes import FakeReader, picture, reading


def pixels(number: int) -> UInt8Array:
    return decode_picture(picture(number), PictureLimits())


def poisoned(numbers: list[int]) -> Exception | None:
    return RuntimeError("no") if 7 in numbers else None


def test_a_bad_picture_fails_alone() -> None:
    reader = FakeReader(fails=poisoned)
    answers = read_isolated(reader, [pixels(n) for n in (6, 7, 8, 5)])
    assert answers[0] == (reading(6),)
    assert isinstance(answers[1], FrameError)
    assert answers[1].code is ErrorCode.RECOGNITION_FAILED
    assert answers[2:] == [(reading(8),), ()]


def test_the_reader_may_say_itself_what_is_wrong_with_a_picture() -> None:
    reader = FakeReader(
        fails=lambda numbers: FrameError(ErrorCode.PICTURE_SIZE, "odd") if 3 in numbers else None
    )
    (answer,) = read_isolated(reader, [pixels(3)])
    assert isinstance(answer, FrameError)
    assert answer.code is ErrorCode.PICTURE_SIZE


def test_a_reader_that_fails_on_anything_is_broken() -> None:
    reader = FakeReader(fails=lambda _: RuntimeError("device lost"))
    with pytest.raises(ReaderBrokenError):
        read_isolated(reader, [pixels(1), pixels(2)])


def test_a_reader_that_says_it_is_broken_is_believed() -> None:
    reader = FakeReader(fails=lambda _: ReaderBrokenError("gone"))
    with pytest.raises(ReaderBrokenError):
        read_isolated(reader, [pixels(1), pixels(2)])
    assert len(reader.batches) == 1


def test_a_wrong_number_of_answers_is_a_broken_reader() -> None:
    class Forgetful(FakeReader):
        def read(
            self, _pictures: object, _cameras: object = None
        ) -> list[tuple[PlateReading, ...]]:
            return []

    with pytest.raises(ReaderBrokenError):
        read_isolated(Forgetful(), [pixels(1)])
