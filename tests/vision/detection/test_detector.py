"""The two stages together, on models that look at the pixels."""

from pathlib import Path

import numpy as np
import pytest

from platestream.vision.detection.detector import Detector, DetectorConfig, Look
from platestream.vision.detection.proposer import Proposals
from platestream.vision.models.bundle import ModelBundle
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
    (look,) = detector_of(tmp_path, move=(0.1, -0.2), share=share).look([picture])
    found = look.plates
    assert [plate.score for plate in found] == pytest.approx(scores)
    for plate, (left, top) in zip(found, ((300, 200), (700, 500)), strict=True):
        expected = np.array([left + 16, top - 8])
        assert np.abs(plate.corners[0] - expected).max() <= 3


def test_proposals_of_several_looks_are_refined_once_and_reported_once(tmp_path: Path) -> None:
    detector = detector_of(tmp_path, move=(0.0, 0.0), share=0.5)
    picture = scene()
    paint_plate(picture, "京A1Z", at=(300, 200))
    (one,) = detector.propose([picture])
    near = Proposals(one.corners + 1, one.scores * np.float32(0.9))
    (look,) = detector.refine([picture], [Proposals.joined([near, one, near])])
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
    assert detector.look([scene(), scene(300, 200)]) == [Look((), 0), Look((), 0)]
