from __future__ import annotations

import dataclasses
import itertools
import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.cli.evaluate.figures import expected_calibration_error
from platestream.cli.evaluate.labels import LabelledPicture, LabelledPlate
from platestream.contract.readings import PlateColor
from platestream.vision.detection.detector import Detection
from platestream.vision.examined import Examined
from platestream.vision.models.bundle import BundleError, ModelBundle
from platestream.vision.models.calibration import CalibrationSpec, RejectionSpec
from platestream.vision.recognition.confidence import Calibration, Evidence, is_plate
from platestream.vision.recognition.recognizer import PlateText
from tests.vision.tiny_models import write_bundle
from training.bundle.write import rewrite_bundle
from training.calibration.altered import Altered, altered
from training.calibration.fit import cross_validated, fit, judgement_figures
from training.calibration.held_out import held_out
from training.calibration.logistic import fit_logistic, isotonic
from training.calibration.maps import Map, importance_of
from training.calibration.rejection import fit_rejection
from training.calibration.samples import Candidate, Collected, Sample, collect

if TYPE_CHECKING:
    from pathlib import Path


def evidence(
    text: float,
    detection: float = 0.9,
    height: float = 24.0,
    *,
    plate: float | None = None,
    complete: float | None = None,
) -> Evidence:
    read = PlateText(
        text="A1",
        char_confidences=(0.9, 0.9),
        color=PlateColor.BLUE,
        color_confidence=1.0,
        rows=1,
        text_probability=text,
        form="region",
        plate_probability=plate,
        complete_probability=complete,
    )
    return Evidence(plate=read, detection_score=detection, height=height)


def drawn(count: int, seed: int = 1, dataset: str = "ccpd_subset") -> list[Sample]:
    """Readings that are right with the square of what the network says: it boasts."""
    rng = np.random.default_rng(seed)
    chances = rng.uniform(0.05, 0.99, count)
    return [
        Sample(
            dataset=dataset,
            group=f"car {number}",
            evidence=evidence(float(chance), height=float(rng.uniform(10, 60))),
            right=bool(rng.random() < chance**2),
        )
        for number, chance in enumerate(chances)
    ]


def with_evidence(count: int, seed: int = 1) -> list[Sample]:
    """Whole plates, cut ones, and captions; of each some few look like another."""
    rng = np.random.default_rng(seed)
    samples = []
    for number in range(count):
        kind = ("ccpd_subset", "ccpd_subset", "cut", "lettering")[number % 4]
        looks = [kind != "lettering", kind != "cut"]
        shown = [bool(look != (rng.random() < 0.001)) for look in looks]
        text, plate, complete = (
            float(rng.beta(20, 2) if high else rng.beta(2, 20)) for high in (True, *shown)
        )
        samples.append(
            Sample(
                dataset=kind,
                group=f"car {number}",
                evidence=evidence(text, plate=plate, complete=complete),
                right=all(looks) and bool(rng.random() < text),
                is_plate=looks[0],
                complete=all(looks),
            )
        )
    return samples


def test_cut_plates_and_captions_are_told_from_whole_plates() -> None:
    fitted, figures = fit(with_evidence(2000))
    spec = CalibrationSpec.model_validate(fitted.specification())
    service = Calibration(spec)
    others = with_evidence(400, seed=2)
    assert [service.confidence(one.evidence) for one in others] == pytest.approx(
        fitted(others), abs=1e-3
    )
    assert figures["everything"]["ece"] < 0.1  # its groups count more or less than their numbers
    for kind in ("cut", "lettering"):
        assert figures[kind]["wrong_and_sure"] < 0.1
    called = judgement_figures(others, fitted)
    assert called["cut"]["called_incomplete"] > 0.5
    assert called["lettering"]["called_no_plate"] > 0.5
    assert called["Chinese photos"]["called_incomplete"] < 0.1
    assert called["Chinese photos"]["called_no_plate"] < 0.1


def test_whole_plates_keep_their_share() -> None:
    weights = importance_of(with_evidence(400))
    whole = np.array([number % 4 < 2 for number in range(400)])
    assert weights[whole].sum() / weights.sum() == pytest.approx(0.55 / (0.55 + 0.12 + 0.12))


def test_a_photo_is_cut_within_its_plate_and_beside_it() -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (300, 400, 3)).astype(np.uint8)
    quad = np.array([[100, 100], [240, 100], [240, 145], [100, 145]], np.float32)
    for seed in range(12):
        made = altered(picture, [quad], "A1", np.random.default_rng(seed))
        cut, near, covered = itertools.islice(made, 3)
        assert (cut.condition, cut.complete) == ("cut", False)
        assert (near.condition, near.complete) == ("near", True)
        assert (covered.condition, covered.complete) == ("covered", False)
        for one in (cut, near):
            assert one.quad is not None
            height, width = one.picture.shape[:2]
            gap = min(
                *one.quad.min(axis=0), *(np.array([width, height]) - 1 - one.quad.max(axis=0))
            )
            assert (gap == 0) if one is cut else (3 <= gap < 16)
        changed = (covered.picture != picture).any(axis=2)
        assert changed[100:145, 100:240].any()


def test_of_a_cut_plate_no_text_is_right() -> None:
    quad = np.array([[0, 0], [100, 0], [100, 30], [0, 30]], np.float32)
    beside = quad + np.array([0, 200], np.float32)
    picture = np.zeros((300, 300, 3), np.uint8)
    found = [Examined(Detection(place, 0.8), evidence(0.9).plate) for place in (quad, beside)]
    collected = Collected()
    for complete in (True, False):
        made = Altered(condition="cut", picture=picture, quad=quad, text="A1", complete=complete)
        collected.add_altered(made, "A1", found)
    lettered = Altered(condition="lettering", picture=picture, quad=None, lettering=(beside,))
    collected.add_altered(lettered, "A1", found)
    seen = [(one.right, one.is_plate, one.complete) for one in collected.samples]
    assert seen == [(True, True, True), (False, True, False), (False, False, False)]


def test_logistic_regression_finds_what_made_the_data() -> None:
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(20000, 2))
    chance = 1 / (1 + np.exp(-(0.5 + inputs @ [2.0, 1.0])))
    fitted = fit_logistic(inputs, (rng.random(20000) < chance).astype(float), np.ones(20000))
    assert fitted.bias == pytest.approx(0.5, abs=0.1)
    assert fitted.weights == pytest.approx((2.0, 1.0), abs=0.1)


def test_an_input_that_speaks_the_wrong_way_is_left_out() -> None:
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(5000, 2))
    chance = 1 / (1 + np.exp(-(inputs @ [1.0, -1.0])))
    fitted = fit_logistic(inputs, (rng.random(5000) < chance).astype(float), np.ones(5000))
    assert fitted.weights[0] > 0.5
    assert fitted.weights[1] == 0.0


def test_separable_readings_still_give_finite_weights() -> None:
    inputs = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    fitted = fit_logistic(inputs, np.array([0.0, 0, 1, 1]), np.ones(4))
    assert 0 < fitted.weights[0] < 20


def test_isotonic_pools_what_descends() -> None:
    steps = isotonic([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 1], [1, 1, 1, 1])
    assert [share for _, share, _ in steps.pools] == [0.0, 0.5, 1.0]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 9)), min_size=1, max_size=40)
)
def test_knots_always_make_a_valid_map(rows: list[tuple[float, bool, float]]) -> None:
    raw, right, weight = zip(*rows, strict=True)
    x, y = isotonic(raw, [float(value) for value in right], weight).knots(5)
    CalibrationSpec.model_validate({"inputs": ["text"], "x": x, "y": y})
    assert y[0] < 0.5 or raw[0] > 0.5


def test_the_fitted_confidence_is_honest_on_other_readings() -> None:
    fitted, figures = fit(drawn(3000))
    others = drawn(3000, seed=2)
    pairs = [(float(c), one.right) for c, one in zip(fitted(others), others, strict=True)]
    boasts = [(one.evidence.plate.text_probability, one.right) for one in others]
    assert (expected_calibration_error(pairs) or 1) < 0.03
    assert (expected_calibration_error(boasts) or 0) > 0.1
    assert figures["Chinese photos"]["ece"] < 0.03


def test_the_service_computes_what_was_fitted() -> None:
    samples = drawn(400)
    for corrected in (False, True):
        fitted = Map(samples, corrected=corrected)
        service = Calibration(CalibrationSpec.model_validate(fitted.specification()))
        expected = fitted(samples)
        got = [service.confidence(one.evidence) for one in samples]
        assert got == pytest.approx(expected, abs=1e-3)
        assert min(got) > 0
        assert max(got) < 1


def test_cross_validation_keeps_a_car_together() -> None:
    samples = [dataclasses.replace(one, group="same") for one in drawn(50)]
    # With one group there is nothing to fit a map on, so nothing is said.
    assert cross_validated(samples, corrected=False).tolist() == [0.0] * 50


def test_readings_that_are_all_right_teach_nothing() -> None:
    with pytest.raises(ValueError, match="right and wrong"):
        fit([dataclasses.replace(one, right=True) for one in drawn(20)])


def test_rejection_keeps_plates_and_drops_false_alarms() -> None:
    collected = Collected(photos={"street": 100}, plates={"street": 100})
    for number in range(100):
        plate = evidence(0.9, detection=0.45 + number / 250)
        alarm = evidence(0.001, detection=0.45 + number / 500)
        for seen, labelled in ((plate, True), (alarm, False)):
            collected.candidates.append(
                Candidate(dataset="street", evidence=seen, is_labelled=labelled)
            )
    choice, figures = fit_rejection(collected)
    assert figures["street"]["found"] > 0.9
    assert figures["street"]["false"] <= 0.2
    spec = RejectionSpec.model_validate(choice.changes()["rejection"])
    assert is_plate(evidence(0.99, detection=0.7), spec)
    assert not is_plate(evidence(0.001, detection=0.45), spec)


def test_a_photo_gives_samples_and_candidates(tmp_path: Path) -> None:
    label = LabelledPlate("A1", ((0, 0), (100, 0), (100, 30), (0, 30)), "corners")
    picture = LabelledPicture(
        path=tmp_path / "a.jpg", dataset="street", kind="corners", plates=(label,)
    )
    on, off = np.array(label.corners, np.float32), np.array(label.corners, np.float32) + 200
    collected = Collected()
    collected.add_photo(
        picture, [Examined(Detection(place, 0.8), evidence(0.9).plate) for place in (off, on)]
    )
    assert [one.right for one in collected.samples] == [True]
    assert collected.samples[0].evidence.height == pytest.approx(30)
    assert [one.is_labelled for one in collected.candidates] == [False, True]
    assert (collected.photos, collected.plates) == ({"street": 1}, {"street": 1})


def labels(folder: Path, *rows: str) -> None:
    folder.mkdir(parents=True)
    head = "file,text,x1,y1,x2,y2,x3,y3,x4,y4,kind,split"
    (folder / "labels.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def test_only_rows_that_trained_nothing_are_held_out(tmp_path: Path) -> None:
    rows = [f"{name}.jpg,A,,,,,,,,,crop,{split}" for name, split in (("a", "dev"), ("b", "train"))]
    for name in ("ccpd_crops_extra", "chile_crops", "cn_hand_labelled"):
        labels(tmp_path / name, *rows)
    (tmp_path / "cn_hand_labelled/origins.csv").write_text(
        "file,original\na.jpg,x\nb.jpg,Tombolibo/y\n", encoding="utf-8"
    )
    names = {
        folder: [one.path.name for one in held_out(tmp_path, folder)]
        for folder in ("ccpd_crops_extra", "chile_crops", "cn_hand_labelled")
    }
    assert names == {
        "ccpd_crops_extra": ["a.jpg"],
        "chile_crops": ["a.jpg", "b.jpg"],
        "cn_hand_labelled": ["a.jpg", "b.jpg"],
    }


def test_a_bundle_is_run_over_a_folder(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    labels(tmp_path / "street", "a.jpg,,,,,,,,,,none,dev", "gone.jpg,,,,,,,,,,none,dev")
    cv2.imwrite(str(tmp_path / "street/a.jpg"), np.zeros((64, 64, 3), np.uint8))
    bundle = ModelBundle.load(write_bundle(tmp_path / "tiny"))
    collected = collect(bundle, tmp_path, ["street"])
    assert collected.photos == {"street": 1}
    assert collected.samples == []


def test_a_bundle_takes_new_values_and_keeps_its_models(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "tiny")
    before = ModelBundle.load(folder)
    changes = {
        "calibration": Map(drawn(200), corrected=False).specification(),
        "rejection": {"detector": 0.4},
        "detector": {"score_threshold": 0.5},
    }
    rewrite_bundle(folder, changes=changes, metrics={"calibration": {"readings": 200}})
    after = ModelBundle.load(folder)
    assert after.models == before.models
    assert after.manifest.detector.score_threshold == 0.5
    assert after.manifest.detector.nms_iou == before.manifest.detector.nms_iou
    assert after.manifest.calibration.raw == "logistic"
    assert after.manifest.rejection.detector == 0.4
    assert "200" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_values_that_make_no_sense_change_nothing(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "tiny")
    before = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with pytest.raises(BundleError):
        rewrite_bundle(folder, changes={"detector": {"nms_iou": math.inf}})
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8")) == before
