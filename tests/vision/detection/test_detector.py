"""The two stages together, on models that look at the pixels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.arrays import UInt8Array
from platestream.vision.detection.detector import Detector, DetectorConfig, Look
from platestream.vision.detection.letterbox import Fineness, choose_canvas
from platestream.vision.detection.proposer import Proposals
from platestream.vision.detection.reduce import halved
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.picture.picture import Picture
from platestream.vision.reader import PlateReader
from tests.vision import tiny_models
from tests.vision.tiny_models import GREEN, paint_plate, scene, write_bundle


def config(*, score: float = 0.45, proposal: float = 0.02, share: float = 0.5) -> DetectorConfig:
    return DetectorConfig(
        score_threshold=score,
        proposal_threshold=proposal,
        refiner_share=share,
        nms_iou=0.4,
        max_plates=32,
    )


def test_no_proposal_is_refined_that_could_not_become_a_plate() -> None:
    assert config().least_proposal == pytest.approx(0.45**2)
    assert config(proposal=0.3).least_proposal == 0.3
    assert config(share=0.0).least_proposal == 0.45
    assert config(share=1.0).least_proposal == 0.02


def detector_of(folder: Path, *, move: tuple[float, float], share: float) -> Detector:
    models = {"refiner": tiny_models.refiner(move)}
    bundle = write_bundle(folder, models=models, change={"refiner.share": share})
    return PlateReader(ModelBundle.load(bundle), threads=1)._detector


@pytest.mark.parametrize(("share", "scores"), [(0.0, (0.9, 0.7)), (1.0, (0.9, 0.7))])
def test_the_refiner_moves_the_corners(
    tmp_path: Path, share: float, scores: tuple[float, float]
) -> None:
    picture = scene(960, 1280)  # twice the canvas
    paint_plate(picture, "京A1Z", at=(300, 200), size=(160, 40))
    paint_plate(picture, "1111", at=(700, 500), color=GREEN, size=(160, 40))
    (look,) = detector_of(tmp_path, move=(0.1, -0.2), share=share).look([Picture.of(picture)])
    found = look.plates
    assert [plate.score for plate in found] == pytest.approx(scores)
    for plate, (left, top) in zip(found, ((300, 200), (700, 500)), strict=True):
        expected = np.array([left + 16, top - 8])
        assert np.abs(plate.corners[0] - expected).max() <= 3


def test_proposals_of_one_plate_are_refined_once_and_reported_once(tmp_path: Path) -> None:
    detector = detector_of(tmp_path, move=(0.0, 0.0), share=0.5)
    picture = scene()
    paint_plate(picture, "京A1Z", at=(300, 200))
    (one,) = detector.propose([Picture.of(picture)])
    corners = np.concatenate([one.corners, one.corners + 1, one.corners - 1])
    scores = np.concatenate([one.scores * np.float32(less) for less in (1.0, 0.9, 0.8)])
    (look,) = detector.refine([Picture.of(picture)], [Proposals(corners, scores)])
    assert look.proposed == 1
    (found,) = look.plates
    assert np.array_equal(found.corners, one.corners[0])


def test_pictures_without_proposals_cost_no_refining(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = detector_of(tmp_path, move=(0.0, 0.0), share=0.5)

    def never(*_: object) -> None:
        raise AssertionError("the refiner was run")

    monkeypatch.setattr(detector._refiner._session, "run", never)
    empty = [Picture.of(scene()), Picture.of(scene(300, 200))]
    assert detector.look(empty) == [Look((), 0), Look((), 0)]


class Watched:
    """A picture, at 1/1 and 1/2, that tells at which sizes it was looked at."""

    def __init__(self, pixels: UInt8Array) -> None:
        self.made: list[int] = []
        self._pixels = pixels
        height, width = pixels.shape[:2]
        self.picture = Picture(height, width, (1, 2), self._make)

    def _make(self, divisor: int) -> UInt8Array:
        self.made.append(divisor)
        return halved(self._pixels, divisor - 1)


def test_a_frame_without_plates_is_never_decoded_in_full(tmp_path: Path) -> None:
    detector = detector_of(tmp_path, move=(0.0, 0.0), share=0.5)
    empty = Watched(scene(768, 1280))
    detector.prepare(empty.picture)
    assert empty.made == [2]
    assert detector.look([empty.picture]) == [Look((), 0)]
    assert empty.made == [2]


@pytest.mark.parametrize(("size", "made"), [((48, 16), [2, 1]), ((320, 100), [2])])
def test_only_a_plate_that_is_small_in_the_first_look_is_looked_at_in_full(
    tmp_path: Path, size: tuple[int, int], made: list[int]
) -> None:
    detector = detector_of(tmp_path, move=(0.0, 0.0), share=0.5)
    picture = scene(768, 1280)
    paint_plate(picture, "京A1Z", at=(300, 200), size=size)
    watched = Watched(picture)
    (look,) = detector.look([watched.picture])
    (whole,) = detector.look([Picture.of(picture)])
    assert watched.made == made
    (plate,), (expected,) = look.plates, whole.plates
    assert plate.score == pytest.approx(expected.score)
    assert np.abs(plate.corners - expected.corners).max() <= 2


def test_a_closer_look_must_be_earned(tmp_path: Path) -> None:
    detector = detector_of(tmp_path, move=(0.0, 0.0), share=0.5)
    # The green plate scores 0.7 twice: enough to be proposed, too little to be a plate or near it.
    detector._config = replace(detector._config, score_threshold=1.0)
    picture = scene(768, 1280)
    paint_plate(picture, "1111", at=(300, 200), size=(48, 16), color=GREEN)
    sure, doubtful = Watched(picture), Watched(picture)
    detector.look([sure.picture])
    detector._config = replace(detector._config, score_threshold=1.01)
    detector.look([doubtful.picture])
    assert (sure.made, doubtful.made) == ([2, 1], [2])


def test_large_pictures_get_a_larger_canvas() -> None:
    fineness = Fineness(scale=2.5, most=12)
    for size in ((1080, 1920), (720, 1280), (1920, 1080), (480, 640)):
        assert fineness.canvas(*size, tiny_models.CANVASES) in tiny_models.CANVASES
    assert fineness.canvas(2160, 3840, tiny_models.CANVASES) == (864, 1536)
    assert fineness.canvas(3840, 2160, tiny_models.CANVASES) == (1536, 864)


@given(height=st.integers(15, 16384), width=st.integers(15, 16384), most=st.integers(1, 64))
def test_a_canvas_is_bounded_whatever_the_picture(height: int, width: int, most: int) -> None:
    rows, columns = Fineness(scale=2.5, most=most).canvas(height, width, tiny_models.CANVASES)
    assert rows % 32 == columns % 32 == 0
    usual = choose_canvas(height, width, tiny_models.CANVASES)
    # Rounded up to whole strides.
    assert (rows - 32) * (columns - 32) <= most * usual[0] * usual[1]
