import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.contract.readings import ModelRef, PlateColor, PlateReading
from platestream.telemetry.metrics import Metrics
from platestream.vision import assembly
from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.models.batches import Batching
from platestream.vision.models.bundle import BundleError, ModelBundle, default_bundle_path
from platestream.vision.models.session import ModelSession
from platestream.vision.reader import PlateReader
from platestream.vision.regions import table
from platestream.vision.regions.region import Region, series
from platestream.vision.settings import VisionSettings
from tests.pictures.pixels import noise
from tests.vision.tiny_models import (
    ALPHABET,
    CANVASES,
    GREEN,
    paint_plate,
    recognizer,
    scene,
    write_bundle,
)

needs_packaged_bundle = pytest.mark.skipif(
    not (default_bundle_path() / "manifest.json").exists(),
    reason="the packaged model bundle is not there",
)


def road(seed: int) -> UInt8Array:
    """A picture of a random shape with none, one or two plates, some in two rows."""
    rng = np.random.default_rng(seed)
    height, width = int(rng.integers(200, 900)), int(rng.integers(300, 1200))
    picture = scene(height, width)
    text = "".join(rng.choice(list("京A1港Z"), 4))
    left, top = int(rng.integers(0, width - 200)), int(rng.integers(0, height // 2 - 60))
    if seed % 4:
        paint_plate(picture, text, at=(left, top))
    if seed % 3 == 0:
        at = (left, height // 2 + int(rng.integers(0, height // 2 - 80)))
        paint_plate(picture, "1港", lower="AZ", at=at, color=GREEN, size=(140, 72))
    return picture


ROADS = [road(seed) for seed in range(16)]


def same(left: tuple[PlateReading, ...], right: tuple[PlateReading, ...]) -> bool:
    """Whether two readings agree: text and pixels exactly, scores within rounding."""
    return len(left) == len(right) and all(
        (a.plate_number, a.plate_color, a.plate_location, a.rows)
        == (b.plate_number, b.plate_color, b.plate_location, b.rows)
        and math.isclose(a.confidence, b.confidence, abs_tol=1e-4)
        and math.isclose(a.detection_score, b.detection_score, abs_tol=1e-4)
        and np.allclose(a.char_confidences, b.char_confidences, atol=1e-4)
        for a, b in zip(left, right, strict=True)
    )


def test_reads_what_was_painted(reader: PlateReader) -> None:
    picture = scene()
    paint_plate(picture, "京A1Z", at=(100, 200))
    paint_plate(picture, "1港", lower="AZ", at=(350, 300), color=GREEN, size=(160, 80))
    ((first, second),) = reader.read([picture])
    assert (first.plate_number, first.rows, first.plate_color) == ("京A1Z", 1, PlateColor.YELLOW)
    assert (second.plate_number, second.rows, second.plate_color) == ("1港AZ", 2, PlateColor.GREEN)
    expected = np.array([[100, 200], [268, 200], [268, 248], [100, 248]])
    assert np.abs(np.array(first.plate_location) - expected).max() <= 2
    assert all(isinstance(v, int) for point in first.plate_location for v in point)
    assert first.confidence == pytest.approx(0.872, abs=1e-3)
    assert first.char_confidences == pytest.approx((1.0,) * 4, abs=1e-3)


def test_no_plate_is_an_empty_answer(reader: PlateReader) -> None:
    assert reader.read([scene(), noise(15, 15), scene(15, 4096)]) == [(), (), ()]
    assert reader.read([]) == []


def test_plates_come_from_left_to_right(reader: PlateReader) -> None:
    for red_left, green_left in ((400, 50), (50, 400)):
        picture = scene()
        paint_plate(picture, "AAAA", at=(red_left, 100))
        paint_plate(picture, "1111", at=(green_left, 300), color=GREEN)
        (plates,) = reader.read([picture])
        lefts = [plate.plate_location[0][0] for plate in plates]
        assert lefts == sorted(lefts)
        assert len(lefts) == 2


def test_corners_stay_inside_the_picture(reader: PlateReader) -> None:
    picture = scene(300, 400)
    paint_plate(picture, "A1A1", at=(232, 252))
    ((plate,),) = reader.read([picture])
    assert plate.plate_location[2] == (399, 299)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16])
def test_neighbours_and_batch_size_change_nothing(reader: PlateReader, size: int) -> None:
    alone = [reader.read([picture])[0] for picture in ROADS]
    together = [
        answer
        for start in range(0, len(ROADS), size)
        for answer in reader.read(ROADS[start : start + size])
    ]
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))
    assert sum(len(answer) for answer in alone) > 10


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("sizes", [(1,), (1, 2, 4), (1, 16, 32)])
def test_batch_sizes_and_padding_change_nothing(
    reader: PlateReader,
    tiny_bundle: ModelBundle,
    monkeypatch: pytest.MonkeyPatch,
    sizes: tuple[int, ...],
    *,
    pad: bool,
) -> None:
    batching = Batching(sizes, pad=pad)
    monkeypatch.setattr(assembly, "batching_for", lambda *_, **__: batching)
    other = PlateReader(tiny_bundle, threads=1)
    other.warm_up()
    assert all(same(a, b) for a, b in zip(reader.read(ROADS), other.read(ROADS), strict=True))


@settings(deadline=None, max_examples=8)
@given(st.permutations(range(len(ROADS))))
def test_order_in_the_batch_changes_nothing(reader: PlateReader, order: list[int]) -> None:
    straight = reader.read(ROADS)
    shuffled = reader.read([ROADS[index] for index in order])
    assert all(same(straight[index], shuffled[place]) for place, index in enumerate(order))


def test_the_same_question_gets_the_same_answer(reader: PlateReader) -> None:
    assert reader.read(ROADS) == reader.read(ROADS)


def test_pictures_are_not_changed(reader: PlateReader) -> None:
    picture = ROADS[3].copy()
    reader.read([picture])
    reader.read_crops([picture])
    assert np.array_equal(picture, ROADS[3])


def test_many_threads_get_the_serial_answers(reader: PlateReader) -> None:
    serial = [reader.read([picture])[0] for picture in ROADS]
    with ThreadPoolExecutor(32) as pool:
        jobs = [(index, pool.submit(reader.read, [ROADS[index]])) for index in [*range(16)] * 8]
        assert all(same(job.result()[0], serial[index]) for index, job in jobs)


def test_crops_are_read_whole(reader: PlateReader) -> None:
    crops = []
    for text, lower, size in (("京AAZ", None, (150, 40)), ("1A", "港Z", (90, 50))):
        crop = np.zeros((size[1], size[0], 3), np.uint8)
        paint_plate(crop, text, at=(0, 0), size=size, lower=lower)
        crops.append(crop)
    (first,), (second,) = reader.read_crops(crops)
    assert (first.plate_number, first.rows) == ("京AAZ", 1)
    assert (second.plate_number, second.rows) == ("1A港Z", 2)
    assert first.plate_location == ((0, 0), (149, 0), (149, 39), (0, 39))
    assert first.detection_score == 1.0


def test_a_crop_without_text_gives_no_reading(reader: PlateReader) -> None:
    blank = np.zeros((48, 168, 3), np.uint8)
    assert reader.read_crops([blank]) == [()]


def test_a_plate_inside_a_wide_crop_is_found_there(reader: PlateReader) -> None:
    crop = np.full((120, 260, 3), 96, np.uint8)
    crop[..., 0] = 128  # half way between two letters: no sure text as a whole
    paint_plate(crop, "京A1Z", at=(50, 40))
    ((plate,),) = reader.read_crops([crop])
    assert plate.plate_number == "京A1Z"
    assert plate.detection_score < 1
    (left, top), _, (right, bottom), _ = plate.plate_location
    assert (left, top, right, bottom) == pytest.approx((50, 40, 218, 88), abs=8)


@pytest.mark.parametrize("second_scale", [True, False, None])
def test_what_was_only_proposed_is_looked_at_once_more_at_a_smaller_scale(
    tiny_bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch, second_scale: bool | None
) -> None:
    picture = scene()
    paint_plate(picture, "AAAA", at=(100, 200))  # proposed and refined with 0.9
    chosen = VisionSettings(threads=1, second_scale=second_scale)
    reader = PlateReader(tiny_bundle, settings=chosen)
    doubting = reader._detector.with_canvases(CANVASES, score_threshold=0.94)
    monkeypatch.setattr(reader, "_detector", doubting)
    # The bundle says nothing: as if it needed the second look.
    assert [len(found) for found in reader.read([picture])] == [int(second_scale is not False)]


def test_a_picture_with_nothing_like_a_plate_costs_one_look(
    tiny_bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = PlateReader(tiny_bundle, settings=VisionSettings(threads=1, second_scale=True))
    runs = []
    run = ModelSession.run

    def counted(session: ModelSession, *arrays: UInt8Array) -> list[Float32Array]:
        runs.append(session.label)
        return run(session, *arrays)

    monkeypatch.setattr(ModelSession, "run", counted)
    picture = scene()
    assert reader.read([picture]) == [()]
    assert runs == ["detector.onnx"]
    paint_plate(picture, "AAAA", at=(100, 200))
    reader.read([picture])
    assert runs[1:] == ["detector.onnx", "refiner.onnx", "recognizer.onnx"]


def test_what_the_models_said_is_told_before_anything_is_rejected(
    tiny_bundle: ModelBundle,
) -> None:
    picture = scene()
    paint_plate(picture, "    ", at=(350, 200), color=GREEN)  # found with 0.7
    reader = PlateReader(tiny_bundle, settings=VisionSettings(threads=1, doubtful_score=0.99))
    assert reader.read([picture]) == [()]
    ((one,),) = reader.examine([picture])
    assert one.text.text == ""
    assert one.detection.score == pytest.approx(0.7, abs=0.01)
    assert one.evidence.height == pytest.approx(48, abs=6)


def test_the_evidence_of_network_and_picture_is_told(tmp_path: Path) -> None:
    models = {"recognizer": recognizer(evidence=True)}
    change = {"recognizer.evidence": True}
    bundle = ModelBundle.load(write_bundle(tmp_path, models=models, change=change))
    picture = scene()
    paint_plate(picture, "AAAA", at=(0, 200))
    paint_plate(picture, "11", lower="AZ", at=(350, 300), color=GREEN, size=(160, 80))
    reader = PlateReader(bundle, settings=VisionSettings(threads=1, regions=()))
    ((red, green),) = reader.examine([picture])
    assert (red.text.plate_probability, red.text.complete_probability) == (0.75, 0.25)
    assert (green.text.plate_probability, green.text.complete_probability) == (0.25, 0.75)
    assert red.evidence.edge is not None
    assert red.evidence.edge.gap == pytest.approx(0, abs=0.05)
    assert green.evidence.edge is not None
    assert green.evidence.edge.gap == pytest.approx(100 / 80, abs=0.1)
    (crop,) = reader.examine_crops([picture[200:248, :168]])
    assert crop.evidence.edge is None
    assert crop.evidence.plate.plate_probability == 0.75


def test_cut_plates_say_so_and_can_be_left_out(tmp_path: Path) -> None:
    judging = {
        "calibration.complete": {
            "inputs": ["complete"], "weights": [2.0], "bias": 0.0, "threshold": 0.5,
        },
    }  # fmt: skip
    models = {"recognizer": recognizer(evidence=True)}
    change = {"recognizer.evidence": True, **judging}
    bundle = ModelBundle.load(write_bundle(tmp_path, models=models, change=change))
    picture = scene()
    paint_plate(picture, "AAAA", at=(100, 200))  # the network holds red ones for incomplete
    paint_plate(picture, "1111", at=(350, 200), color=GREEN)
    usual, metrics = VisionSettings(threads=1, regions=()), Metrics()
    ((cut, whole),) = PlateReader(bundle, settings=usual).read([picture])
    assert (cut.complete, whole.complete) == (False, True)
    assert cut.confidence < 0.2 < whole.confidence
    leaving_out = usual.model_copy(update={"incomplete_plates": "leave_out"})
    reader = PlateReader(bundle, settings=leaving_out, metrics=metrics)
    assert reader.read([picture]) == [(whole,)]
    left_out = metrics.registry.get_sample_value(
        "platestream_plates_left_out_total", {"reason": "incomplete"}
    )
    assert left_out == 1


def test_what_looks_like_no_plate_is_not_reported(tmp_path: Path) -> None:
    judging = {
        "calibration.plate": {"inputs": ["plate"], "weights": [1.0], "bias": 0.0},
        "rejection": {"plate": 0.5},
    }
    models = {"recognizer": recognizer(evidence=True)}
    change = {"recognizer.evidence": True, **judging}
    bundle = ModelBundle.load(write_bundle(tmp_path, models=models, change=change))
    picture = scene()
    paint_plate(picture, "AAAA", at=(100, 200))
    paint_plate(picture, "1111", at=(350, 200), color=GREEN)  # held for no plate
    reader = PlateReader(bundle, settings=VisionSettings(threads=1, regions=()))
    assert [one.plate_number for one in reader.read([picture])[0]] == ["AAAA"]


def test_a_network_without_evidence_tells_none(reader: PlateReader) -> None:
    ((one, *_),) = reader.examine([ROADS[1]])
    assert one.text.plate_probability is None
    assert one.text.complete_probability is None
    ((reading, *_),) = reader.read([ROADS[1]])
    assert reading.complete is None


def test_an_illegible_plate_counts_only_when_the_detector_is_sure(
    tiny_bundle: ModelBundle,
) -> None:
    picture = scene()
    paint_plate(picture, "    ", at=(100, 200))  # found with 0.9
    paint_plate(picture, "    ", at=(350, 200), color=GREEN)  # found with 0.7
    reader = PlateReader(tiny_bundle, settings=VisionSettings(threads=1, doubtful_score=0.65))
    ((plate,),) = reader.read([picture])
    assert (plate.plate_number, plate.confidence, plate.char_confidences) == ("", 0.0, ())
    assert plate.plate_color is PlateColor.YELLOW


def test_the_text_and_its_weight_decide_what_is_a_plate(tiny_bundle: ModelBundle) -> None:
    picture = scene()
    paint_plate(picture, "AAAA", at=(100, 200))  # found with 0.9
    paint_plate(picture, "1111", at=(350, 200), color=GREEN)  # found with 0.7
    picture[200:248, 350:476, 0] = 128  # three characters half way between two letters
    found = {}
    for weight in (0.0, 0.3):
        for score in (0.5, 0.69):
            chosen = VisionSettings(threads=1, text_weight=weight, doubtful_score=score)
            found[weight, score] = len(PlateReader(tiny_bundle, settings=chosen).read([picture])[0])
    assert found == {(0.0, 0.5): 2, (0.0, 0.69): 2, (0.3, 0.5): 2, (0.3, 0.69): 1}


def test_the_bundle_may_set_the_rejection(tmp_path: Path) -> None:
    picture = scene()
    paint_plate(picture, "    ", at=(350, 200), color=GREEN)  # found with 0.7
    for score, plates in ((0.4, 1), (0.8, 0)):
        path = write_bundle(tmp_path / str(score), change={"rejection": {"detector": score}})
        reader = PlateReader(ModelBundle.load(path), threads=1)
        assert len(reader.read([picture])[0]) == plates


def test_thresholds_of_the_settings_come_first(tiny_bundle: ModelBundle) -> None:
    picture = scene()
    paint_plate(picture, "AAAA", at=(100, 200))
    paint_plate(picture, "1111", at=(350, 200), color=GREEN)
    counts = {
        name: len(PlateReader(tiny_bundle, settings=values).read([picture])[0])
        for name, values in {
            "bundle": VisionSettings(threads=1),
            "score": VisionSettings(threads=1, score_threshold=0.8),
            "confidence": VisionSettings(threads=1, min_confidence=0.7),
            "most": VisionSettings(threads=1, max_plates=1),
        }.items()
    }
    assert counts == {"bundle": 2, "score": 1, "confidence": 1, "most": 1}


def test_rows_threshold_of_the_settings_comes_first(tiny_bundle: ModelBundle) -> None:
    picture = scene()
    paint_plate(picture, "1港", lower="AZ", at=(350, 300), size=(160, 80))
    never = PlateReader(tiny_bundle, settings=VisionSettings(threads=1, rows_threshold=1.0))
    ((plate,),) = never.read([picture])
    assert plate.rows == 1


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((20, 20), np.uint8),
        np.zeros((20, 20, 4), np.uint8),
        np.zeros((20, 20, 3), np.float32),
        np.zeros((0, 20, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(reader: PlateReader, picture: UInt8Array) -> None:
    with pytest.raises(ValueError, match="picture 1"):
        reader.read([scene(), picture])
    with pytest.raises(ValueError, match="picture 0"):
        reader.read_crops([picture])


def test_metrics_see_each_stage_once_per_batch(tiny_bundle: ModelBundle) -> None:
    metrics = Metrics()
    reader = PlateReader(tiny_bundle, threads=1, metrics=metrics)
    reader.read(ROADS)
    value = metrics.registry.get_sample_value
    for stage in ("detect", "rectify", "recognize"):
        count = value("platestream_stage_duration_seconds_count", {"stage": stage})
        assert count == 1


def test_warm_up_runs_and_the_model_is_named(reader: PlateReader) -> None:
    reader.warm_up()
    assert reader.model == ModelRef("tiny", "0.0.1")
    assert reader.provider == "CPUExecutionProvider"


def test_settings_name_the_bundle(tiny_bundle_path: Path, tmp_path: Path) -> None:
    settings_ = VisionSettings(bundle=tiny_bundle_path, threads=1)
    assert PlateReader.from_settings(settings_).model.name == "tiny"
    with pytest.raises(BundleError):
        PlateReader.from_settings(VisionSettings(bundle=tmp_path))


@needs_packaged_bundle
@pytest.mark.parametrize("batching", [Batching((1, 2, 4, 8), pad=True), Batching((1,), pad=False)])
def test_the_packaged_bundle_is_batch_invariant(
    monkeypatch: pytest.MonkeyPatch, batching: Batching
) -> None:
    monkeypatch.setattr(assembly, "batching_for", lambda *_, **__: batching)
    # A low threshold, so that there is something to compare on painted scenes, too.
    chosen = VisionSettings(score_threshold=0.05, doubtful_score=0.0, threads=1)
    packaged = PlateReader(ModelBundle.load(), settings=chosen)
    pictures = [*ROADS[:7], noise(300, 500)]
    alone = [packaged.read([picture])[0] for picture in pictures]
    together = packaged.read(pictures)
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))
    assert any(alone)


def regional(bundle: ModelBundle, **values: object) -> PlateReader:
    """A reader whose only region has numbers of a province, a letter, a digit and ``Z``."""
    chosen = VisionSettings.model_validate({"threads": 1, "regions": ["cn"], **values})
    return PlateReader(bundle, settings=chosen, metrics=Metrics())


@pytest.fixture
def short_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    region = Region(
        title="test", formats={"all": series("京A1Z 京AAZ", source="none", valid="京A1Z")}
    )
    monkeypatch.setitem(table.REGIONS, "cn", region)


@pytest.mark.usefixtures("short_numbers")
def test_regions_resolve_what_is_between_two_letters(tiny_bundle: ModelBundle) -> None:
    picture = scene()
    paint_plate(picture, "京A1Z", at=(100, 200))
    # Somewhat more like 港 than like 1: classes 3 and 4.
    picture[200:248, 184:226, 0] = round(3.52 * 255 / 5)
    free = regional(tiny_bundle, regions=[])
    ((before,),) = free.read([picture])
    reader = regional(tiny_bundle)
    ((after,),) = reader.read([picture])
    assert (before.plate_number, after.plate_number) == ("京A港Z", "京A1Z")
    assert after.char_confidences[2] < 0.5 < before.char_confidences[2]
    assert after.confidence < before.confidence
    assert after.plate_location == before.plate_location
    assert _fits(reader) == {"mended": 1}


@pytest.mark.usefixtures("short_numbers")
def test_readings_that_fit_nothing_are_kept_or_left_out(tiny_bundle: ModelBundle) -> None:
    picture = scene()
    paint_plate(picture, "京A1Z", at=(100, 200))
    paint_plate(picture, "1111", at=(350, 200), color=GREEN)
    lenient, strict = regional(tiny_bundle), regional(tiny_bundle, region_strict=True)
    (both,), (one,) = lenient.read([picture]), strict.read([picture])
    assert [plate.plate_number for plate in both] == ["京A1Z", "1111"]
    assert [plate.plate_number for plate in one] == ["京A1Z"]
    assert same(both, regional(tiny_bundle, regions=[]).read([picture])[0])
    assert _fits(lenient) == {"fits": 1, "unfit": 1}
    assert _fits(strict) == {"fits": 1, "left_out": 1}
    crop = np.ascontiguousarray(picture[200:248, 350:518])
    assert [plate.plate_number for plate in lenient.read_crops([crop])[0]] == ["1111"]
    assert strict.read_crops([crop]) == [()]


@pytest.mark.usefixtures("short_numbers")
def test_a_crop_that_fits_nothing_is_looked_into(tiny_bundle: ModelBundle) -> None:
    crop = np.zeros((120, 336, 3), np.uint8)
    # Read as a whole, the crop's four quarters are surely A, A, A, A.
    crop[..., 0] = round(2 * 255 / 5)
    paint_plate(crop, "京A1Z", at=(84, 36))
    for column, letter in ((0, 2), (252, 2)):
        crop[:, column : column + 84, 0] = round(letter * 255 / 5)
    free = regional(tiny_bundle, regions=[])
    ((before,),) = free.read_crops([crop])
    ((after,),) = regional(tiny_bundle).read_crops([crop])
    assert before.plate_number != "京A1Z"
    assert after.plate_number == "京A1Z"


def test_umlauts_are_reported_as_read_or_folded(tmp_path: Path) -> None:
    alphabet = ALPHABET.replace("港", "Ü")
    bundle = ModelBundle.load(write_bundle(tmp_path, change={"recognizer.alphabet": alphabet}))
    picture = scene()
    paint_plate(picture, "京A港Z", at=(100, 200))
    ((as_read,),) = regional(bundle, regions=[]).read([picture])
    ((folded,),) = regional(bundle, regions=[], fold_umlauts=True).read([picture])
    assert (as_read.plate_number, folded.plate_number) == ("京AÜZ", "京AUZ")
    assert folded.confidence == as_read.confidence
    assert folded.char_confidences == as_read.char_confidences


@pytest.mark.usefixtures("short_numbers")
def test_examined_plates_say_what_form_they_have(tiny_bundle: ModelBundle) -> None:
    picture = scene()
    paint_plate(picture, "京A1Z", at=(100, 200))
    paint_plate(picture, "1111", at=(350, 200), color=GREEN)
    ((first, second),) = regional(tiny_bundle).examine([picture])
    assert {first.text.text: first.text.form, second.text.text: second.text.form} == {
        "京A1Z": "region",
        "1111": "world",
    }


@pytest.mark.usefixtures("short_numbers")
def test_regions_keep_reading_batch_invariant(tiny_bundle: ModelBundle) -> None:
    pictures = [picture.copy() for picture in ROADS]
    for number, picture in enumerate(pictures):
        paint_plate(picture, "京A1Z", at=(20, 20), size=(120, 36))
        picture[20:56, 80:110, 0] = round((3.3 + 0.02 * number) * 255 / 5)
    reader = regional(tiny_bundle)
    alone = [reader.read([picture])[0] for picture in pictures]
    assert all(same(a, b) for a, b in zip(alone, reader.read(pictures), strict=True))
    assert "京A1Z" in {plate.plate_number for found in alone for plate in found}


def _fits(reader: PlateReader) -> dict[str, float]:
    """The outcomes that were counted; every series is there from the start."""
    assert reader._metrics is not None
    return {
        sample.labels["outcome"]: sample.value
        for family in reader._metrics.registry.collect()
        for sample in family.samples
        if sample.name == "platestream_region_fits_total" and sample.value
    }
