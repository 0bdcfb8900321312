"""Reads pictures that are plates, cut out already; of those cut too wide, the plate inside."""

from collections.abc import Sequence
from typing import Final

from platestream.vision.arrays import UInt8Array
from platestream.vision.detection.detector import Detection, Detector
from platestream.vision.examined import Examined
from platestream.vision.picture.picture import Picture
from platestream.vision.recognition.plate_view import PlateView
from platestream.vision.recognition.recognizer import PlateText, Recognizer
from platestream.vision.recognition.rectify import whole_crop_corners
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


class CropReader:
    """The two models as they are used on crops. Holds no state between calls."""

    def __init__(self, detector: Detector, recognizer: Recognizer) -> None:
        self._detector = detector.with_canvases(_CROP_CANVASES, score_threshold=_CROP_THRESHOLD)
        self._recognizer = recognizer

    def warm_up(self) -> None:
        """Run the detector in the shapes that crops take."""
        self._detector.warm_up()

    def examine(self, pictures: Sequence[UInt8Array], clock: StageClock) -> list[Examined]:
        """Read each crop, uint8 BGR ``[H, W, 3]``, as a whole or by the plate found inside."""
        views = [PlateView(p, whole_crop_corners(*p.shape[:2])) for p in pictures]
        texts = self._recognizer.recognize(views, margin=False, clock=clock)
        examined = [
            Examined(Detection(view.corners, 1.0), text)
            for view, text in zip(views, texts, strict=True)
        ]
        for index, inner in self._inside(pictures, texts, clock).items():
            examined[index] = inner
        return examined

    def _inside(
        self, pictures: Sequence[UInt8Array], texts: Sequence[PlateText], clock: StageClock
    ) -> dict[int, Examined]:
        """Find the plate inside doubtful crops, where that makes its text a better one."""
        doubtful = [index for index, text in enumerate(texts) if _is_doubtful(text)]
        if not doubtful:
            return {}
        with clock.stage("detect"):
            looks = self._detector.look([Picture.of(pictures[index]) for index in doubtful])
        found = {i: look.plates[0] for i, look in zip(doubtful, looks, strict=True) if look.plates}
        views = [PlateView(pictures[index], plate.corners) for index, plate in found.items()]
        inner = self._recognizer.recognize(views, clock=clock)
        return {
            index: Examined(found[index], text)
            for index, text in zip(found, inner, strict=True)
            if text.text and _is_better(text, texts[index])
        }


def _is_doubtful(text: PlateText) -> bool:
    # However sure: a crop that shows more than the plate, or less, often reads as no format does.
    return text.text_probability < _DOUBTFUL_CROP or text.fit in ("mended", "unfit")


def _is_better(inner: PlateText, whole: PlateText) -> bool:
    """Whether the plate found inside a crop reads better than the crop as a whole."""
    if (inner.fit == "unfit") != (whole.fit == "unfit"):
        return whole.fit == "unfit"
    probability = whole.text_probability if whole.text else 0.0
    return inner.text_probability > _INNER_GAIN * probability
