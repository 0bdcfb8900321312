"""``PlateReader``: the one public entry to this folder."""

from collections.abc import Sequence
from typing import Self

from platestream.contract.readings import PlateReading
from platestream.telemetry.labels import LeftOut
from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import UInt8Array, check_pictures
from platestream.vision.assembly import (
    make_detector,
    make_recognizer,
    options_of,
    precision_of,
    rejection_of,
    smaller_canvases,
)
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.cameras.views import CameraView, views_of
from platestream.vision.crops import CropReader
from platestream.vision.detection.detector import Detector
from platestream.vision.examined import Examined, examine, readings_of
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.picture.decode import prepare_opencv
from platestream.vision.picture.picture import Picture
from platestream.vision.recognition.confidence import Calibration, Evidence, is_plate
from platestream.vision.recognition.format_rules import count_fit
from platestream.vision.regions.pattern import fold_umlauts
from platestream.vision.settings import VisionSettings
from platestream.vision.stages import StageClock


class PlateReader:
    """Reads the plates of pictures, in batches.

    The answer for a picture depends on that picture alone: not on its neighbours in the batch, not
    on the batch's size, not on earlier calls. Nothing is kept between calls; ``read`` may be called
    from several threads at once.

    Where the bundle or the settings say so, a picture in which something looked like a plate, but
    none was found, is looked at once more at a smaller scale: there the detector finds plates that
    are too large for it otherwise. A picture with nothing like a plate costs one look. One that is
    far larger than the detector's canvas is looked at in tiles, too: there it finds plates that are
    too small for it otherwise.

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
        options = options_of(self._settings, providers, allow_cpu_fallback, threads)
        self.precision = precision_of(bundle, options, self._settings)
        self._detector, self.provider = make_detector(
            bundle, options, self._settings, self.precision
        )
        again = smaller_canvases(bundle, self._settings)
        self._small_detector = self._detector.with_canvases(again) if again else None
        self._recognizer = make_recognizer(bundle, options, self._settings, self.precision)
        self._crops = CropReader(self._detector, self._recognizer)
        self._calibration = Calibration(bundle.manifest.calibration)
        self._rejection = rejection_of(bundle, self._settings)
        self._least_plate = self._calibration.least_plate(self._rejection)

    @classmethod
    def from_settings(cls, settings: VisionSettings, *, metrics: Metrics | None = None) -> Self:
        """Load the bundle that the settings name and make a reader of it."""
        return cls(ModelBundle.load(settings.bundle), settings=settings, metrics=metrics)

    def warm_up(self) -> None:
        """Run all models once in every shape they will meet; the first frames are then quick."""
        self._detector.warm_up()
        if self._small_detector is not None:
            self._small_detector.warm_up()
        self._crops.warm_up()
        self._recognizer.warm_up()

    def read(
        self,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        """Find and read the plates of each picture.

        Args:
            pictures: Of any sizes, upright; decoded already, uint8 BGR ``[H, W, 3]``, or to be
                decoded here as finely as needed.
            cameras: The settings of each picture's camera; None where it has none.

        Returns:
            For each picture its plates in reading order, corners in the picture as given, whatever
            its camera's ``turn``; empty where there is none.

        Raises:
            ValueError: if a picture has another type or shape.
            FrameError: if one cannot be decoded.
        """
        clock = StageClock()
        views = views_of(pictures, cameras)
        plates, proposed = self._plates(views, self._detector, clock)
        if self._small_detector is not None:
            # Measured: of 22 close-ups that only the second look finds, the first one proposed a
            # part in all.
            again = [i for i, found in enumerate(plates) if proposed[i] and not found]
            second, _ = self._plates([views[i] for i in again], self._small_detector, clock)
            for index, found in zip(again, second, strict=True):
                plates[index] = found
        clock.observe(self._metrics)
        return [self._readings(view, found) for view, found in zip(views, plates, strict=True)]

    def prepare(self, picture: Picture) -> None:
        """Decode what the first look at a picture needs; may be called from any thread.

        Raises:
            FrameError: if it cannot be decoded.
        """
        self._detector.prepare(picture)

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
            self._readings(CameraView.of(picture, None), [one] if one.text.text else [])
            for picture, one in zip(pictures, examined, strict=True)
        ]

    def examine(self, pictures: Sequence[Picture | UInt8Array]) -> list[tuple[Examined, ...]]:
        """Find and read as ``read`` does at first, and tell all that the models said.

        Nothing is taken for a false alarm and no confidence is given: this is what confidence and
        rejection are fitted on.

        Raises:
            ValueError: if a picture has another type or shape.
        """
        clock = StageClock()
        examined, _ = self._examine(views_of(pictures, None), self._detector, clock)
        clock.observe(self._metrics)
        return examined

    def _examine(
        self,
        views: Sequence[CameraView],
        detector: Detector,
        clock: StageClock,
        *,
        least_plate: float = 0.0,
    ) -> tuple[list[tuple[Examined, ...]], list[int]]:
        """All that was found in each picture, and how many places looked like plates at first."""
        if not views:
            return [], []
        with clock.stage("detect"):
            looks = detector.look([view.picture for view in views])
        detections = [
            tuple(one for one in look.plates if not self._left_out(view.left_out(one.corners)))
            for view, look in zip(views, looks, strict=True)
        ]
        examined = examine(views, detections, self._recognizer, clock, least_plate=least_plate)
        return examined, [look.proposed for look in looks]

    def _plates(
        self, views: Sequence[CameraView], detector: Detector, clock: StageClock
    ) -> tuple[list[list[Examined]], list[int]]:
        examined, proposed = self._examine(views, detector, clock, least_plate=self._least_plate)
        plates = [[one for one in found if self._is_plate(one.evidence)] for found in examined]
        return plates, proposed

    def _is_plate(self, evidence: Evidence) -> bool:
        return is_plate(evidence, self._rejection, self._calibration.plate(evidence))

    def examine_crops(self, pictures: Sequence[UInt8Array]) -> list[Examined]:
        """Read as ``read_crops`` does, and tell all that the models said.

        Raises:
            ValueError: if a picture has another type or shape.
        """
        check_pictures(pictures)
        clock = StageClock()
        examined = self._crops.examine(pictures, clock)
        clock.observe(self._metrics)
        return examined

    def _readings(self, view: CameraView, plates: Sequence[Examined]) -> tuple[PlateReading, ...]:
        strict = self._settings.region_strict
        kept = [one for one in plates if not (strict and one.text.fit == "unfit")]
        if self._metrics is not None:
            for one in plates:
                count_fit(self._metrics, one.text.fit, strict=strict)
        if self._settings.fold_umlauts:
            kept = [one.with_text(fold_umlauts(one.text.text)) for one in kept]
        if self._settings.incomplete_plates == "leave_out":
            kept = [one for one in kept if not self._left_out(self._calibration.lack(one.evidence))]
        least = view.least_confidence
        readings = readings_of(
            view.size,
            [one.moved(view.sent(one.detection.corners)) for one in kept],
            self._calibration,
            min_confidence=self._settings.min_confidence if least is None else least,
        )
        for _ in range(len(kept) - len(readings) if least is not None else 0):
            self._left_out("unsure")
        return readings

    def _left_out(self, reason: LeftOut | None) -> bool:
        """Count a plate that is left out for ``reason``; whether there is one."""
        if reason is not None and self._metrics is not None:
            self._metrics.plates_left_out.labels(reason).inc()
        return reason is not None
