"""Picture files of the command line: finding them, and decoding them ahead of the reader."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from platestream.contract.errors import FrameError
from platestream.vision.picture.files import read_picture_file
from platestream.vision.picture.picture import Picture
from platestream.vision.settings import PictureLimits

UInt8Array = NDArray[np.uint8]
Prepare = Callable[[Picture], object]

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff"}
)
# Two decoders keep one reader busy on any machine; more would only hold more pictures in memory.
_DECODERS: Final = 2
# A decoded picture of the largest allowed size takes 48 MiB; a batch ends at this many pixels so
# that it stays below a quarter of a GiB even when every picture is huge.
_MAX_BATCH_PIXELS: Final = 32_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPicture:
    """A picture file after decoding: exactly one of ``source`` and ``error`` is set.

    Attributes:
        path: The file as it was given.
        source: The picture, decoded as far as it was asked for.
        error: Why there is no picture.
        seconds: Time that decoding took.
    """

    path: Path
    source: Picture | None = None
    error: FrameError | None = None
    seconds: float = 0.0

    @property
    def picture(self) -> UInt8Array | None:
        """The whole picture, uint8 BGR ``[H, W, 3]``, upright; None where there is an error."""
        return self.source.pixels if self.source is not None else None


def expand(inputs: Iterable[Path]) -> Iterator[Path]:
    """Give every file: named ones as they are, folders by their picture files in sorted order.

    A named file is always taken, whatever its suffix and whether or not it exists: whoever names it
    wants to hear about it.
    """
    for given in inputs:
        if not given.is_dir():
            yield given
            continue
        for folder, subfolders, names in os.walk(given):
            subfolders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                if path.suffix.lower() in SUFFIXES:
                    yield path


def load(
    path: Path, limits: PictureLimits, prepare: Prepare = lambda picture: picture.pixels
) -> LoadedPicture:
    """Read and decode one file; whatever is wrong with it becomes the documented error.

    Args:
        path: The file.
        limits: What a picture may be.
        prepare: Decodes as much as is needed; everything when not given.
    """
    start = time.perf_counter()
    try:
        picture = Picture.encoded(read_picture_file(path, limits), limits)
        prepare(picture)
    except FrameError as error:
        return LoadedPicture(path=path, error=error, seconds=time.perf_counter() - start)
    return LoadedPicture(path=path, source=picture, seconds=time.perf_counter() - start)


def load_all(
    paths: Iterable[Path], limits: PictureLimits, prepare: Prepare, *, ahead: int = 8
) -> Iterator[LoadedPicture]:
    """Decode files in a small pool, in order, at most ``ahead`` of them before their turn."""
    with ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode") as pool:
        waiting: deque[Future[LoadedPicture]] = deque()
        try:
            for path in paths:
                waiting.append(pool.submit(load, path, limits, prepare))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def batches(
    pictures: Iterable[LoadedPicture], *, most: int = 8, pixels: int = _MAX_BATCH_PIXELS
) -> Iterator[list[LoadedPicture]]:
    """Group pictures in order into batches of ``most`` files or about ``pixels`` pixels."""
    batch: list[LoadedPicture] = []
    filled = 0
    for loaded in pictures:
        batch.append(loaded)
        if loaded.source is not None:
            filled += loaded.source.height * loaded.source.width
        if len(batch) >= most or filled >= pixels:
            yield batch
            batch, filled = [], 0
    if batch:
        yield batch
