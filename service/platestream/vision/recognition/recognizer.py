"""Reads plates: pictures and corners in; text, colour and rows out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from platestream.contract.readings import PlateColor
from platestream.vision.arrays import Float32Array, Float64Array, UInt8Array
from platestream.vision.models.batches import Batching
from platestream.vision.models.session import ModelSession, TensorSpec
from platestream.vision.recognition.colors import are_grey, color_of
from platestream.vision.recognition.ctc import CtcText, decode_greedy, text_probabilities
from platestream.vision.recognition.format_rules import (
    Fit,
    FormatRules,
    Reading,
    fit_all,
    form_of,
    rules_of,
)
from platestream.vision.recognition.outputs import Outputs, favoured, finite
from platestream.vision.recognition.plate_view import PlateView
from platestream.vision.recognition.rectify import CropGeometry, rectify_one_row, rectify_two_rows
from platestream.vision.regions.form import Form
from platestream.vision.stages import StageClock

# A one-row plate whose text is less probable than this is looked at again, cut a little tighter.
# Measured: it mends one misread in eight on unseen kinds of plates, for two to ten plates in a
# hundred looked at twice; looking twice at sure ones changes nothing.
_DOUBTFUL: Final = 0.8
# How much tighter: fractions of the plate's width and height taken off the margin.
_TIGHTER: Final = (0.02, 0.04)

_Rectify = Callable[[UInt8Array, Float32Array, CropGeometry], UInt8Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateText:
    """What the recognizer says of one plate.

    Attributes:
        text: The characters, of two rows the upper one first; empty where none is legible.
        char_confidences: 0..1 for each character.
        color: The most likely background colour.
        color_confidence: 0..1.
        rows: 1 or 2.
        text_probability: 0..1, the network's own probability of the whole text; of a plate that was
            looked at twice the geometric mean.
        fit: What the formats of the configured regions say of the text; None where no region is.
        form: Whether it is a number of these regions, of others, or of none.
        plate_probability: 0..1, that this is a registration plate and no other lettering; None
            where the network does not tell. Like the next one from the look at the whole plate.
        complete_probability: 0..1, that the whole number can be seen: neither cut nor covered.
    """

    text: str
    char_confidences: tuple[float, ...]
    color: PlateColor
    color_confidence: float
    rows: int
    text_probability: float
    fit: Fit | None = None
    form: Form = "none"
    plate_probability: float | None = None
    complete_probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerConfig:
    """Classes, geometry and threshold of a recognizer, and whether it gives evidence."""

    alphabet: str
    colors: Sequence[PlateColor]
    geometry: CropGeometry
    rows_threshold: float
    evidence: bool = False


def input_specs(config: RecognizerConfig) -> tuple[TensorSpec, ...]:
    """Return what the model must take."""
    return (TensorSpec("crops", "uint8", (None, config.geometry.height, config.geometry.width, 3)),)


def output_specs(config: RecognizerConfig) -> tuple[TensorSpec, ...]:
    """Return what the model must give."""
    specs = (
        TensorSpec("chars", "float32", (None, None, len(config.alphabet) + 1)),
        TensorSpec("colors", "float32", (None, len(config.colors))),
        TensorSpec("rows", "float32", (None,)),
    )
    return (*specs, TensorSpec("evidence", "float32", (None, 2))) if config.evidence else specs


class Recognizer:
    """The recognizer model with what comes before and after it. Holds no state between calls."""

    def __init__(
        self,
        session: ModelSession,
        config: RecognizerConfig,
        batching: Batching,
        rules: FormatRules | None = None,
    ) -> None:
        self._session = session
        self._config = config
        self._batching = batching
        self._rules = rules

    def warm_up(self) -> None:
        """Run every batch size once, the largest first."""
        for size in reversed(self._batching.sizes):
            self._session.run(self._blank_crops(size))

    @property
    def geometry(self) -> CropGeometry:
        """Shape of the network's input and how a plate is laid into it."""
        return self._config.geometry

    def recognize(
        self, views: Sequence[PlateView], *, margin: bool = True, clock: StageClock | None = None
    ) -> list[PlateText]:
        """Read every plate; those with two rows are split, doubtful ones looked at once more.

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
        hopeful = whole.above([view.least_plate for view in views])
        # NaN compares false: one row.
        double = np.flatnonzero(whole.rows > self._config.rows_threshold).tolist()
        double = [index for index in double if index in hopeful]
        split = self._read([views[index] for index in double], rectify_two_rows, geometry, clock)
        best = dict(enumerate(whole.readings()))
        best |= dict(zip(double, split.readings(), strict=True))
        if margin:
            best |= self._second_look(views, whole, set(double), hopeful, clock)
        with clock.stage("recognize"):
            rules = [self._rules_of(v) if i in hopeful else None for i, v in enumerate(views)]
            final = fit_all(rules, [best[i] for i in range(len(views))])
        # Colour and evidence come from the whole plate: splitting repeats and distorts it.
        return [
            self._plate_text(*one, whole, index, 2 if index in set(double) else 1)
            for index, one in enumerate(final)
        ]

    def _rules_of(self, view: PlateView) -> FormatRules | None:
        if view.regions is None:
            return self._rules
        return rules_of(view.regions, self._config.alphabet)

    def _second_look(
        self,
        views: Sequence[PlateView],
        first: Outputs,
        double: set[int],
        hopeful: set[int],
        clock: StageClock,
    ) -> dict[int, Reading]:
        """Read doubtful one-row plates again; the text that both looks together favour stands."""
        doubtful = [
            index
            for index, probability in enumerate(first.probabilities.tolist())
            if index in hopeful and index not in double and probability < _DOUBTFUL
        ]
        if not doubtful:
            return {}
        geometry = self._config.geometry
        across, along = (
            max(0.0, side - less) for side, less in zip(geometry.margin, _TIGHTER, strict=True)
        )
        tighter = replace(geometry, margin=(across, along))
        second = self._read([views[index] for index in doubtful], rectify_one_row, tighter, clock)
        with clock.stage("recognize"):
            return favoured(first, second, doubtful, self._config.alphabet)

    def _probabilities(self, chars: Float32Array, texts: Sequence[CtcText]) -> Float64Array:
        return text_probabilities(chars, [text.text for text in texts], self._config.alphabet)

    def _read(
        self,
        views: Sequence[PlateView],
        rectify: _Rectify,
        geometry: CropGeometry,
        clock: StageClock,
    ) -> Outputs:
        parts: list[list[Any]] = []
        for batch in self._batching.plan(len(views)):
            crops = self._blank_crops(batch.size)
            with clock.stage("rectify"):
                for row, view in enumerate(views[batch.start : batch.stop]):
                    crops[row] = rectify(view.picture, view.corners, geometry)
            with clock.stage("recognize"):
                used = batch.stop - batch.start
                outputs = [output[:used] for output in self._session.run(crops)]
                parts.append([are_grey(crops[:used]), *outputs])
        if not parts:
            empty = np.zeros(0, np.float32)
            chars, grey = np.zeros((0, 0, 0), np.float32), np.zeros(0, np.bool_)
            return Outputs(chars, [], np.zeros(0), empty, empty, grey, None)
        grey, chars, colors, rows, *more = map(np.concatenate, zip(*parts, strict=True))
        with clock.stage("recognize"):
            texts = decode_greedy(chars, self._config.alphabet)
            probabilities = self._probabilities(chars, texts)
        evidence = more[0] if more else None
        return Outputs(chars, texts, probabilities, colors, rows, grey, evidence)

    def _blank_crops(self, count: int) -> UInt8Array:
        geometry = self._config.geometry
        return np.zeros((count, geometry.height, geometry.width, 3), np.uint8)

    def _plate_text(
        self, reading: Reading, fit: Fit | None, whole: Outputs, index: int, rows: int
    ) -> PlateText:
        color, sure = color_of(
            dict(zip(self._config.colors, finite(whole.colors[index]).tolist(), strict=True)),
            reading,
            alphabet=self._config.alphabet,
            grey=bool(whole.grey[index]),
        )
        evidence = None
        if whole.evidence is not None:
            evidence = np.clip(finite(whole.evidence[index]), 0.0, 1.0).tolist()
        return PlateText(
            text=reading.text.text,
            char_confidences=reading.text.confidences,
            color=color,
            color_confidence=sure,
            rows=rows,
            text_probability=reading.probability,
            fit=fit,
            form=form_of(reading.text.text, self._config.alphabet, fit=fit),
            plate_probability=None if evidence is None else evidence[0],
            complete_probability=None if evidence is None else evidence[1],
        )
