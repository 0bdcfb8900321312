"""What is known of one plate before it becomes a reading, and how it becomes one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from platestream.contract.readings import PlateReading, Point, Quad
from platestream.vision.arrays import Float32Array
from platestream.vision.cameras.views import CameraView
from platestream.vision.detection.detector import Detection
from platestream.vision.recognition.confidence import Calibration, Evidence
from platestream.vision.recognition.plate_view import PlateView
from platestream.vision.recognition.recognizer import PlateText, Recognizer
from platestream.vision.stages import StageClock

# A crop was cut by someone who saw a plate in it: it counts like a plate found without much doubt.
_CROP_SCORE: Final = 0.85


@dataclass(frozen=True, slots=True)
class Examined:
    """A detection and what the recognizer said of it."""

    detection: Detection
    text: PlateText

    def with_text(self, text: str) -> Self:
        """Return the same with another spelling of its characters, as many as there are."""
        return replace(self, text=replace(self.text, text=text))

    @property
    def evidence(self) -> Evidence:
        """What speaks for and against the reading."""
        corners = self.detection.corners
        sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
        # Only whole crops score a full 1.
        score = _CROP_SCORE if self.detection.score >= 1.0 else self.detection.score
        height = float(sides[1] + sides[3]) / 2
        return Evidence(
            plate=self.text, detection_score=score, height=height, edge=self.detection.edge
        )

    def moved(self, corners: Float32Array) -> Self:
        """Return the same plate with its corners in other coordinates."""
        return replace(self, detection=replace(self.detection, corners=corners))


def examine(
    views: Sequence[CameraView],
    detections: Sequence[Sequence[Detection]],
    recognizer: Recognizer,
    clock: StageClock,
    *,
    least_plate: float,
) -> list[tuple[Examined, ...]]:
    """Read what was found in each picture, those of all pictures together.

    Args:
        views: The pictures.
        detections: What was found in each.
        recognizer: Reads them.
        clock: Takes the time.
        least_plate: As in :class:`PlateView`.
    """
    plates = [
        PlateView.of(
            view.picture,
            detection.corners,
            recognizer.geometry,
            regions=view.regions,
            least_plate=least_plate,
        )
        for view, found in zip(views, detections, strict=True)
        for detection in found
    ]
    texts = iter(recognizer.recognize(plates, clock=clock))
    return [tuple(Examined(detection, next(texts)) for detection in found) for found in detections]


def readings_of(
    size: tuple[int, int],
    plates: Sequence[Examined],
    calibration: Calibration,
    *,
    min_confidence: float,
) -> tuple[PlateReading, ...]:
    """Return the readings of a picture's plates in reading order, the unsure ones left out.

    Args:
        size: Width and height of the picture, pixels; corners are clipped to it.
        plates: Its plates, in any order.
        calibration: Raw scores to a confidence.
        min_confidence: 0..1.
    """
    readings = [
        PlateReading(
            plate_number=one.text.text,
            plate_color=one.text.color,
            plate_location=_clipped(one.detection.corners, *size),
            confidence=calibration.confidence(one.evidence),
            rows=one.text.rows,
            char_confidences=one.text.char_confidences,
            detection_score=one.detection.score,
            complete=calibration.is_complete(one.evidence),
        )
        for one in plates
    ]
    kept = [reading for reading in readings if reading.confidence >= min_confidence]
    return tuple(sorted(kept, key=_reading_order))


def _clipped(corners: Float32Array, width: int, height: int) -> Quad:
    """Round corners to whole pixels inside the picture."""
    last = (width - 1, height - 1)
    rounded = np.clip(np.rint(corners), 0, last).astype(int).tolist()
    first, second, third, fourth = (_point(point) for point in rounded)
    return first, second, third, fourth


def _point(pair: Sequence[int]) -> Point:
    return pair[0], pair[1]


def _reading_order(reading: PlateReading) -> tuple[int, int, Quad, str]:
    points = reading.plate_location
    return (
        min(x for x, _ in points),
        min(y for _, y in points),
        points,
        reading.plate_number,
    )
