"""The measuring itself: every labelled picture through the reader, one at a time."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from platestream.cli.evaluate.labels import LabelledPicture
from platestream.cli.evaluate.misses import Miss, misses_of
from platestream.cli.evaluate.outcomes import PictureOutcome, judge, unreadable
from platestream.cli.pictures import load
from platestream.contract.errors import FrameError
from platestream.stream.reader import PictureReader
from platestream.vision.isolated import read_safely
from platestream.vision.settings import PictureLimits


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that came out of an evaluation."""

    outcomes: tuple[PictureOutcome, ...]
    misses: tuple[Miss, ...]


def evaluate(
    pictures: Iterable[LabelledPicture],
    reader: PictureReader,
    limits: PictureLimits,
    *,
    progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Read every picture and hold the readings against the labels.

    One picture at a time and without decoding ahead, so that the time per picture is that of one
    picture alone.
    """
    outcomes: list[PictureOutcome] = []
    misses: list[Miss] = []
    for outcome, found in _outcomes(pictures, reader, limits):
        outcomes.append(outcome)
        misses.extend(found)
        progress()
    return Evaluation(tuple(outcomes), tuple(misses))


def _outcomes(
    pictures: Iterable[LabelledPicture], reader: PictureReader, limits: PictureLimits
) -> Iterator[tuple[PictureOutcome, list[Miss]]]:
    nothing = np.full((24, 96, 3), 160, np.uint8)
    for labelled in pictures:
        crop = labelled.kind == "crop"
        loaded = (
            load(labelled.path, limits) if crop else load(labelled.path, limits, reader.prepare)
        )
        if loaded.source is None:
            outcome = unreadable(labelled, str(loaded.error))
            yield outcome, list(misses_of(outcome, lambda: nothing))
            continue
        start = time.perf_counter()
        if crop:
            [answer] = read_safely(reader.read_crops, [loaded.source.pixels])
        else:
            [answer] = read_safely(reader.read, [loaded.source])
        seconds = loaded.seconds + time.perf_counter() - start
        if isinstance(answer, FrameError):
            outcome = unreadable(labelled, str(answer))
        else:
            height, width = loaded.source.shape
            outcome = judge(labelled, (height, width), answer, seconds * 1000)
        yield outcome, list(misses_of(outcome, partial(loaded.source.at, 1)))
