"""Reads plates: pictures and corners in; text, colour and rows out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from platestream.contract.readings import PlateColor
from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.batches import Batching
from platestream.vision.ctc import CtcText, decode_greedy
from platestream.vision.rectify import CropGeometry, rectify_one_row, rectify_two_rows
from platestream.vision.session import ModelSession, TensorSpec
from platestream.vision.stages import StageClock

_Rectify = Callable[[UInt8Array, Float32Array, CropGeometry], UInt8Array]


@dataclass(frozen=True, slots=True)
class PlateView:
    """A plate to read: the picture, uint8 BGR ``[H, W, 3]``, and its corners, ``[4, 2]``."""

    picture: UInt8Array
    corners: Float32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateText:
    """What the recognizer says of one plate.

    Attributes:
        text: The characters, of two rows the upper one first; empty where none is legible.
        char_confidences: 0..1 for each character.
        color: The most likely background colour.
        color_confidence: 0..1.
        rows: 1 or 2.
    """

    text: str
    char_confidences: tuple[float, ...]
    color: PlateColor
    color_confidence: float
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerConfig:
    """Classes, geometry and threshold of a recognizer."""

    alphabet: str
    colors: Sequence[PlateColor]
    geometry: CropGeometry
    rows_threshold: float


def input_specs(config: RecognizerConfig) -> tuple[TensorSpec, ...]:
    """Return what the model must take."""
    return (TensorSpec("crops", "uint8", (None, config.geometry.height, config.geometry.width, 3)),)


def output_specs(config: RecognizerConfig) -> tuple[TensorSpec, ...]:
    """Return what the model must give."""
    return (
        TensorSpec("chars", "float32", (None, None, len(config.alphabet) + 1)),
        TensorSpec("colors", "float32", (None, len(config.colors))),
        TensorSpec("rows", "float32", (None,)),
    )


@dataclass(frozen=True, slots=True)
class _Outputs:
    texts: list[CtcText]
    colors: Float32Array
    rows: Float32Array


class Recognizer:
    """The recognizer model with what comes before and after it. Holds no state between calls."""

    def __init__(self, session: ModelSession, config: RecognizerConfig, batching: Batching) -> None:
        self._session = session
        self._config = config
        self._batching = batching

    def warm_up(self) -> None:
        """Run every batch size once, the largest first."""
        for size in reversed(self._batching.sizes):
            self._session.run(self._blank_crops(size))

    def recognize(
        self, views: Sequence[PlateView], *, margin: bool = True, clock: StageClock | None = None
    ) -> list[PlateText]:
        """Read every plate; those with two rows are split and read once more.

        Args:
            views: The plates, of any number of pictures.
            margin: Take the picture around the corners in, as trained; off for pictures that are
                crops with a margin of their own.
            clock: Takes the time of the stages ``rectify`` and ``recognize``.

        Raises:
            ValueError: if corners are degenerate.
        """
        clock = clock if clock is not None else StageClock()
        geometry = self._config.geometry
        if not margin:
            geometry = geometry.without_margin()
        whole = self._read(views, rectify_one_row, geometry, clock)
        # NaN compares false: one row.
        double = np.flatnonzero(whole.rows > self._config.rows_threshold).tolist()
        split = self._read([views[index] for index in double], rectify_two_rows, geometry, clock)
        texts = dict(enumerate(whole.texts)) | dict(zip(double, split.texts, strict=True))
        # The colour comes from the whole plate: splitting repeats and distorts its background.
        return [
            self._plate_text(texts[index], whole.colors[index], 2 if index in set(double) else 1)
            for index in range(len(views))
        ]

    def _read(
        self,
        views: Sequence[PlateView],
        rectify: _Rectify,
        geometry: CropGeometry,
        clock: StageClock,
    ) -> _Outputs:
        parts: list[list[Float32Array]] = []
        for batch in self._batching.plan(len(views)):
            crops = self._blank_crops(batch.size)
            with clock.stage("rectify"):
                for row, view in enumerate(views[batch.start : batch.stop]):
                    crops[row] = rectify(view.picture, view.corners, geometry)
            with clock.stage("recognize"):
                used = batch.stop - batch.start
                parts.append([output[:used] for output in self._session.run(crops)])
        if not parts:
            empty = np.zeros(0, np.float32)
            return _Outputs([], empty, empty)
        chars, colors, rows = (np.concatenate(output) for output in zip(*parts, strict=True))
        with clock.stage("recognize"):
            return _Outputs(decode_greedy(chars, self._config.alphabet), colors, rows)

    def _blank_crops(self, count: int) -> UInt8Array:
        geometry = self._config.geometry
        return np.zeros((count, geometry.height, geometry.width, 3), np.uint8)

    def _plate_text(self, text: CtcText, colors: Float32Array, rows: int) -> PlateText:
        likely = np.nan_to_num(colors, nan=0.0, posinf=0.0, neginf=0.0)
        best = int(likely.argmax())
        return PlateText(
            text=text.text,
            char_confidences=text.confidences,
            color=self._config.colors[best],
            color_confidence=float(np.clip(likely[best], 0.0, 1.0)),
            rows=rows,
        )
