"""``PlateReader``: the one public entry to this folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from platestream.contract.readings import PlateReading, Point, Quad
from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.assembly import make_detector, make_recognizer, rejection_of
from platestream.vision.bundle import ModelBundle
from platestream.vision.confidence import Calibration, Evidence, is_plate
from platestream.vision.decode import prepare_opencv
from platestream.vision.detector import Detection, Detector
from platestream.vision.letterbox import smaller
from platestream.vision.recognizer import PlateText, PlateView
from platestream.vision.rectify import whole_crop_corners
from platestream.vision.session import SessionOptions
from platestream.vision.settings import VisionSettings
from platestream.vision.stages import StageClock

# Canvases (height, width) in which a plate is looked for inside a crop: the smallest in which it
# still fills what the detector was trained on. Larger ones were measured to lose the outer letters.
_CROP_CANVASES: Final = ((128, 256), (224, 224))
# What is found inside a crop is taken only if it reads better, so a low score will do.
_CROP_THRESHOLD: Final = 0.3
# A crop read less surely than this may be wider than its plate: then the detector is asked, too.
_DOUBTFUL_CROP: Final = 0.9
# By what factor the plate found inside must be more probable than the crop as a whole.
_INNER_GAIN: Final = 1.05
# A crop was cut by someone who saw a plate in it: it counts like a plate found without much doubt.
_CROP_SCORE: Final = 0.85


@dataclass(frozen=True, slots=True)
class Examined:
    """A detection and what the recognizer said of it."""

    detection: Detection
    text: PlateText

    @property
    def evidence(self) -> Evidence:
        """What speaks for and against the reading."""
        corners = self.detection.corners
        sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
        # Only whole crops score a full 1.
        score = _CROP_SCORE if self.detection.score >= 1.0 else self.detection.score
        height = float(sides[1] + sides[3]) / 2
        return Evidence(plate=self.text, detection_score=score, height=height)


class PlateReader:
    """Reads the plates of pictures, in batches.

    The answer for a picture depends on that picture alone: not on its neighbours in the batch, not
    on the batch's size, not on earlier calls. Nothing is kept between calls; ``read`` may be called
    from several threads at once.

    A picture in which nothing is found is looked at once more at a smaller scale: there the
    detector finds plates that are too large for it otherwise.

    Plates of one picture come in reading order: by the left edge, then the top edge of their
    corners. Position is what changes least between machines, so a plate keeps its index, and with
    it its event id, when a frame is read again elsewhere.

    A plate that the detector is sure of is reported even if it cannot be read (another script,
    mud): with the characters that were made out, maybe none, and the low confidence that they
    deserve. Where detector and recognizer both doubt, it is taken for a false alarm
    (``RejectionSpec``).

    Args:
        bundle: The models.
        providers: Execution providers in order of preference; the settings' when None.
        allow_cpu_fallback: Go on without the first provider; the settings' when None.
        threads: CPU threads per inference; the settings' when None.
        metrics: Where stage times go.
        settings: Everything else; defaults when None. Its ``bundle`` is not looked at.

    Raises:
        BundleError: if a model is not what the manifest says.
        ProviderError: if the first provider cannot be used.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        *,
        providers: Sequence[str] | None = None,
        allow_cpu_fallback: bool | None = None,
        threads: int | None = None,
        metrics: Metrics | None = None,
        settings: VisionSettings | None = None,
    ) -> None:
        prepare_opencv()
        self._settings = settings if settings is not None else VisionSettings()
        self._metrics = metrics
        self.model = bundle.model
        options = SessionOptions(
            providers=providers if providers is not None else self._settings.providers,
            provider_options=self._settings.provider_options,
            allow_cpu_fallback=(
                self._settings.allow_cpu_fallback
                if allow_cpu_fallback is None
                else allow_cpu_fallback
            ),
            threads=self._settings.threads if threads is None else threads,
        )
        self._detector, self.provider = make_detector(bundle, options, self._settings)
        self._small_detector = self._detector.with_canvases(
            smaller(bundle.manifest.detector.canvases)
        )
        self._crop_detector = self._detector.with_canvases(
            _CROP_CANVASES, score_threshold=_CROP_THRESHOLD
        )
        self._recognizer = make_recognizer(bundle, options, self._settings)
        self._calibration = Calibration(bundle.manifest.calibration)
        self._rejection = rejection_of(bundle, self._settings)
        if metrics is not None:
            metrics.model_info.labels(self.model.name, self.model.version, self.provider).set(1)

    @classmethod
    def from_settings(cls, settings: VisionSettings, *, metrics: Metrics | None = None) -> Self:
        """Load the bundle that the settings name and make a reader of it."""
        return cls(ModelBundle.load(settings.bundle), settings=settings, metrics=metrics)

    def warm_up(self) -> None:
        """Run both models once in every shape they will meet; the first frames are then quick."""
        self._detector.warm_up()
        if self._settings.second_scale:
            self._small_detector.warm_up()
        self._crop_detector.warm_up()
        self._recognizer.warm_up()

    def read(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Find and read the plates of each picture.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each, upright, of any sizes.

        Returns:
            For each picture its plates in reading order; empty where there is none.

        Raises:
            ValueError: if a picture has another type or shape.
        """
        _check(pictures)
        clock = StageClock()
        plates = self._plates(pictures, self._detector, clock)
        empty = [index for index, found in enumerate(plates) if not found]
        if empty and self._settings.second_scale:
            again = self._plates([pictures[index] for index in empty], self._small_detector, clock)
            for index, found in zip(empty, again, strict=True):
                plates[index] = found
        clock.observe(self._metrics)
        return [
            self._readings(picture, found) for picture, found in zip(pictures, plates, strict=True)
        ]

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Read pictures that are each one plate, cut out already.

        A crop that cannot be read surely as a whole may show more than the plate: then the plate is
        looked for inside it.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each.

        Returns:
            For each picture one reading, or none where nothing is legible. ``plate_location`` is
            the whole picture and ``detection_score`` 1, unless the plate was found inside.

        Raises:
            ValueError: if a picture has another type or shape.
        """
        examined = self.examine_crops(pictures)
        return [
            self._readings(picture, [one] if one.text.text else [])
            for picture, one in zip(pictures, examined, strict=True)
        ]

    def examine(self, pictures: Sequence[UInt8Array]) -> list[tuple[Examined, ...]]:
        """Find and read as ``read`` does at first, and tell all that the models said.

        Nothing is taken for a false alarm and no confidence is given: this is what confidence and
        rejection are fitted on.

        Raises:
            ValueError: if a picture has another type or shape.
        """
        _check(pictures)
        clock = StageClock()
        examined = self._examine(pictures, self._detector, clock)
        clock.observe(self._metrics)
        return examined

    def _examine(
        self, pictures: Sequence[UInt8Array], detector: Detector, clock: StageClock
    ) -> list[tuple[Examined, ...]]:
        with clock.stage("detect"):
            detections = detector.detect(pictures)
        views = [
            PlateView(picture, detection.corners)
            for picture, found in zip(pictures, detections, strict=True)
            for detection in found
        ]
        texts = iter(self._recognizer.recognize(views, clock=clock))
        return [
            tuple(Examined(detection, next(texts)) for detection in found) for found in detections
        ]

    def _plates(
        self, pictures: Sequence[UInt8Array], detector: Detector, clock: StageClock
    ) -> list[list[Examined]]:
        return [
            [one for one in found if is_plate(one.evidence, self._rejection)]
            for found in self._examine(pictures, detector, clock)
        ]

    def examine_crops(self, pictures: Sequence[UInt8Array]) -> list[Examined]:
        """Read as ``read_crops`` does, and tell all that the models said.

        Raises:
            ValueError: if a picture has another type or shape.
        """
        _check(pictures)
        clock = StageClock()
        views = [PlateView(p, whole_crop_corners(*p.shape[:2])) for p in pictures]
        texts = self._recognizer.recognize(views, margin=False, clock=clock)
        examined = [
            Examined(Detection(view.corners, 1.0), text)
            for view, text in zip(views, texts, strict=True)
        ]
        for index, inner in self._inside(pictures, texts, clock).items():
            examined[index] = inner
        clock.observe(self._metrics)
        return examined

    def _inside(
        self, pictures: Sequence[UInt8Array], texts: Sequence[PlateText], clock: StageClock
    ) -> dict[int, Examined]:
        """Find the plate inside doubtful crops, where that makes its text more probable."""
        doubtful = [i for i, text in enumerate(texts) if text.text_probability < _DOUBTFUL_CROP]
        if not doubtful:
            return {}
        with clock.stage("detect"):
            detections = self._crop_detector.detect([pictures[index] for index in doubtful])
        found = {i: best[0] for i, best in zip(doubtful, detections, strict=True) if best}
        views = [PlateView(pictures[index], plate.corners) for index, plate in found.items()]
        inner = self._recognizer.recognize(views, clock=clock)
        return {
            index: Examined(found[index], text)
            for index, text in zip(found, inner, strict=True)
            if text.text and text.text_probability > _INNER_GAIN * _probability_of(texts[index])
        }

    def _readings(
        self, picture: UInt8Array, plates: Sequence[Examined]
    ) -> tuple[PlateReading, ...]:
        readings = [
            PlateReading(
                plate_number=one.text.text,
                plate_color=one.text.color,
                plate_location=_clipped(one.detection.corners, *picture.shape[:2]),
                confidence=self._calibration.confidence(one.evidence),
                rows=one.text.rows,
                char_confidences=one.text.char_confidences,
                detection_score=one.detection.score,
            )
            for one in plates
        ]
        kept = [r for r in readings if r.confidence >= self._settings.min_confidence]
        return tuple(sorted(kept, key=_reading_order))


def _probability_of(text: PlateText) -> float:
    return text.text_probability if text.text else 0.0


def _check(pictures: Sequence[UInt8Array]) -> None:
    for index, picture in enumerate(pictures):
        shape = picture.shape
        if picture.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:  # noqa: PLR2004
            raise ValueError(f"picture {index} is {picture.dtype} {shape}, not uint8 [H, W, 3]")


def _clipped(corners: Float32Array, height: int, width: int) -> Quad:
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
