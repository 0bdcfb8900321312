"""The library: pictures in, readings out, in one process and without a broker.

A third interface beside the stream and HTTP: the same models, rules for pictures, error codes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias, TypeVar

import numpy as np

from platestream.contract.errors import FrameError
from platestream.contract.readings import ModelRef, PlateReading
from platestream.vision.arrays import UInt8Array, check_pictures
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.drawing import annotate, mark_of
from platestream.vision.isolated import Readings, read_safely
from platestream.vision.picture.files import read_picture_file
from platestream.vision.picture.guard import check_sides
from platestream.vision.picture.picture import Picture as Sizes
from platestream.vision.reader import PlateReader as BatchReader
from platestream.vision.settings import PictureLimits, VisionSettings

Picture: TypeAlias = str | PathLike[str] | bytes | bytearray | memoryview | UInt8Array
"""A file's path, an encoded picture (JPEG, PNG, BMP, TIFF), or pixels: uint8 BGR ``[H, W, 3]``."""

Answer: TypeAlias = tuple[PlateReading, ...] | FrameError
"""What became of one picture of several: its plates, possibly none, or why it could not be read."""

T = TypeVar("T")

# As much as one look of the models takes on a GPU; a CPU gains nothing from more.
_BATCH: Final = 8


class PlateReader:
    """Reads the plates of pictures.

    The answer for a picture depends on that picture alone. A reader may be used from several
    threads at once, and keeps nothing between calls; make it after a fork, not before. It is its
    own context manager; without ``with``, :meth:`close` or the end of its life frees the models.

    Args:
        settings: Models, provider, threads, regions, thresholds: the section ``vision`` of the
            service's settings. The packaged models on the CPU when None.
        pictures: What a picture may be: the section ``pictures``. Holds for arrays, too.

    Raises:
        BundleError: if the models are missing or damaged.
        ProviderError: if onnxruntime is not installed, or the provider asked for cannot be used.
    """

    def __init__(
        self, settings: VisionSettings | None = None, *, pictures: PictureLimits | None = None
    ) -> None:
        self._limits = pictures if pictures is not None else PictureLimits()
        self._open: BatchReader | None = BatchReader.from_settings(
            settings if settings is not None else VisionSettings()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the models. Calls that are under way in other threads end as usual."""
        self._open = None

    @property
    def model(self) -> ModelRef:
        """Name and version of the model bundle, as events carry them."""
        return self._reader.model

    def warm_up(self) -> None:
        """Run the models once in every shape, which the first pictures would pay for otherwise."""
        self._reader.warm_up()

    def read(
        self, picture: Picture, *, camera: CameraSettings | None = None
    ) -> tuple[PlateReading, ...]:
        """Find and read the plates of one picture.

        Args:
            picture: Path, bytes or pixels.
            camera: What is particular to its camera: areas, turn, regions, sizes.

        Returns:
            Its plates from left to right, corners in the upright picture; an empty tuple for none.

        Raises:
            FrameError: if it cannot be read, with the documented code.
            TypeError: if it is no picture at all.
            ValueError: if it is an array, but not uint8 ``[H, W, 3]``.
            RuntimeError: if the reader is closed.
        """
        (answer,) = self.read_batch([picture], camera=camera)
        return _or_raise(answer)

    def read_batch(
        self,
        pictures: Iterable[Picture],
        *,
        camera: CameraSettings | None = None,
        size: int = _BATCH,
    ) -> list[Answer]:
        """Find and read the plates of several pictures; one that fails does not fail the others.

        Args:
            pictures: Paths, bytes or pixels, any number: at most ``size`` are held at a time.
            camera: What is particular to the camera of all of them.
            size: Pictures that are handed to the models at a time.

        Returns:
            For each picture its plates, or the error that it failed with, in the order given.

        Raises:
            TypeError: if one is no picture at all.
            ValueError: if one is an array, but not uint8 ``[H, W, 3]``; if ``size`` is not
                positive.
            RuntimeError: if the reader is closed.
        """
        reader = self._reader

        def read(batch: Sequence[Sizes]) -> list[Readings]:
            return reader.read(batch, [camera] * len(batch))

        return self._answers(pictures, self._sizes, read, size)

    def read_crops(self, pictures: Iterable[Picture], *, size: int = _BATCH) -> list[Answer]:
        """Read pictures that are each one plate, cut out already; else as :meth:`read_batch`.

        Raises:
            TypeError: if one is no picture at all.
            ValueError: if one is an array, but not uint8 ``[H, W, 3]``; if ``size`` is not
                positive.
            RuntimeError: if the reader is closed.
        """
        return self._answers(pictures, self._pixels, self._reader.read_crops, size)

    def draw(self, picture: Picture, plates: Sequence[PlateReading]) -> UInt8Array:
        """Return a copy of a picture with outline, number and confidence of ``plates``.

        Returns:
            uint8 BGR ``[H, W, 3]``, scaled so that its long edge has 640 to 1,280 pixels.

        Raises:
            FrameError: if the picture cannot be read.
            TypeError: if it is no picture at all.
            ValueError: if it is an array, but not uint8 ``[H, W, 3]``.
        """
        return annotate(self._pixels(picture), [mark_of(plate) for plate in plates])

    @property
    def _reader(self) -> BatchReader:
        reader = self._open
        if reader is None:
            raise RuntimeError("the reader is closed")
        return reader

    def _answers(
        self,
        pictures: Iterable[Picture],
        decode: Callable[[Picture], T],
        read: Callable[[Sequence[T]], list[Readings]],
        size: int,
    ) -> list[Answer]:
        if isinstance(pictures, str | bytes | bytearray | memoryview | np.ndarray | PathLike):
            raise TypeError("several pictures are wanted, such as a list; read() takes one")
        answers: list[Answer] = []
        decoded_ones = (_or_error(decode, picture) for picture in pictures)
        for decoded in _chunks(decoded_ones, size):
            batch = [one for one in decoded if not isinstance(one, FrameError)]
            found = iter(read_safely(read, batch))
            answers += [one if isinstance(one, FrameError) else next(found) for one in decoded]
        return answers

    def _sizes(self, picture: Picture) -> Sizes:
        """The picture, decoded for the first look at it."""
        sizes = self._opened(picture)
        self._reader.prepare(sizes)
        return sizes

    def _pixels(self, picture: Picture) -> UInt8Array:
        return self._opened(picture).pixels

    def _opened(self, picture: Picture) -> Sizes:
        if isinstance(picture, np.ndarray):
            check_pictures([picture])
            check_sides(picture.shape[1], picture.shape[0], self._limits)
            # OpenCV takes no flipped views, such as the usual way from RGB to BGR gives.
            return Sizes.of(np.ascontiguousarray(picture))
        if isinstance(picture, bytes | bytearray | memoryview):
            return Sizes.encoded(bytes(picture), self._limits)
        if isinstance(picture, str | PathLike):
            return Sizes.encoded(read_picture_file(Path(picture), self._limits), self._limits)
        raise TypeError(
            f"{type(picture).__name__} is no picture: give a path, bytes or uint8 BGR [H, W, 3]"
        )


def _or_raise(answer: Answer) -> tuple[PlateReading, ...]:
    if isinstance(answer, FrameError):
        raise answer
    return answer


def _or_error(decode: Callable[[Picture], T], picture: Picture) -> T | FrameError:
    try:
        return decode(picture)
    except FrameError as error:
        return error


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    if size < 1:
        raise ValueError("a batch has room for one picture or more")
    items = iter(items)
    while chunk := list(islice(items, size)):
        yield chunk
