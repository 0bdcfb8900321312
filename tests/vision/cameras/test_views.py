"""What a camera's settings do to its pictures, through the real reader."""

from collections.abc import Mapping

import cv2
import numpy as np
import pytest

from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings, Turn
from platestream.vision.cameras.views import CameraView
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.regions import table
from platestream.vision.regions.region import Region, Series
from platestream.vision.settings import VisionSettings
from tests.vision.tiny_models import GREEN, paint_plate, scene

# The camera hangs the other way round than its picture is turned.
_HUNG = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}

HALF = [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]]


def two_plates() -> UInt8Array:
    """480x640; a yellow plate in the upper left, a green one in the lower right."""
    picture = scene()
    paint_plate(picture, "京A1Z", at=(40, 60))
    paint_plate(picture, "1111", at=(400, 360), color=GREEN)
    return picture


def counting(bundle: ModelBundle, **values: object) -> tuple[PlateReader, Metrics]:
    metrics = Metrics()
    settings = VisionSettings.model_validate({"threads": 1, "regions": [], **values})
    return PlateReader(bundle, settings=settings, metrics=metrics), metrics


def left_out(metrics: Metrics) -> Mapping[str, int]:
    samples = next(iter(metrics.plates_left_out.collect())).samples
    return {
        s.labels["reason"]: int(s.value) for s in samples if s.value and s.name.endswith("_total")
    }


def texts(reader: PlateReader, settings: CameraSettings | None) -> list[str]:
    (plates,) = reader.read([two_plates()], [settings])
    return [plate.plate_number for plate in plates]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_picture_is_read_upright_and_corners_are_those_of_the_picture_as_sent(
    reader: PlateReader, turn: Turn
) -> None:
    upright = two_plates()
    sent = np.asarray(cv2.rotate(upright, _HUNG[turn]), np.uint8)
    (straight,), (plates,) = (
        reader.read([upright]),
        reader.read([sent], [CameraSettings(turn=turn)]),
    )

    by_text = {plate.plate_number: plate for plate in plates}
    assert len(by_text) == len(straight) == 2
    for one in straight:
        # Marks the corners in the upright picture, and looks where they are when that is hung.
        for corner, (x, y) in zip(
            by_text[one.plate_number].plate_location, one.plate_location, strict=True
        ):
            mark = np.zeros_like(upright)
            mark[y, x] = 255
            hung = np.asarray(cv2.rotate(mark, _HUNG[turn]), np.uint8)
            ((row, column),) = np.argwhere(hung[:, :, 0])
            # The edge of a plate lies between two pixels, and is rounded one way.
            assert abs(corner[0] - column) <= 1
            assert abs(corner[1] - row) <= 1
    lefts = [min(x for x, _ in plate.plate_location) for plate in plates]
    assert lefts == sorted(lefts), "reading order is that of the picture as sent"


def test_without_the_turn_nothing_of_it_is_right(reader: PlateReader) -> None:
    sent = np.asarray(cv2.rotate(two_plates(), _HUNG[90]), np.uint8)
    (plates,) = reader.read([sent])
    assert "京A1Z" not in [plate.plate_number for plate in plates]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_going_back_undoes_the_turn(turn: Turn) -> None:
    picture = np.zeros((5, 9, 3), np.uint8)
    picture[1, 7] = 255
    view = CameraView.of(picture, CameraSettings(turn=turn))
    ((y, x),) = np.argwhere(view.picture.pixels[:, :, 0])
    assert view.sent(np.array([[x, y]], np.float32)).tolist() == [[7, 1]]


@pytest.mark.parametrize(
    ("settings", "kept", "reasons"),
    [
        (None, ["京A1Z", "1111"], {}),
        ({}, ["京A1Z", "1111"], {}),
        ({"areas": [HALF]}, ["京A1Z"], {"outside": 1}),
        ({"areas": [HALF, [[1, 1], [0, 1], [1, 0]]]}, ["京A1Z", "1111"], {}),
        ({"areas": [[[0, 0], [0.1, 0], [0.1, 0.1]]]}, [], {"outside": 2}),
        ({"ignore_areas": [HALF]}, ["1111"], {"ignored": 1}),
        # Its centre counts, not all of it: 40 to 208 of 640 px.
        ({"ignore_areas": [[[0, 0], [0.18, 0], [0.18, 1], [0, 1]]]}, ["京A1Z", "1111"], {}),
        ({"ignore_areas": [[[0, 0], [0.2, 0], [0.2, 1], [0, 1]]]}, ["1111"], {"ignored": 1}),
        ({"min_plate_width": 0.27}, [], {"narrow": 2}),
        ({"min_plate_width": 0.25}, ["京A1Z", "1111"], {}),
        ({"max_plate_width": 0.25}, [], {"wide": 2}),
        ({"max_plate_width": 0.27}, ["京A1Z", "1111"], {}),
        ({"min_confidence": 0.99}, [], {"unsure": 2}),
    ],
)  # fmt: skip
def test_what_is_left_out_and_why(
    tiny_bundle: ModelBundle,
    settings: dict[str, object] | None,
    kept: list[str],
    reasons: dict[str, int],
) -> None:
    reader, metrics = counting(tiny_bundle, second_scale=False, tiling=False)
    chosen = None if settings is None else CameraSettings.model_validate(settings)

    assert texts(reader, chosen) == kept
    assert left_out(metrics) == reasons


def test_areas_of_a_turned_camera_are_those_of_the_picture_as_sent(reader: PlateReader) -> None:
    sent = np.asarray(cv2.rotate(two_plates(), _HUNG[90]), np.uint8)
    # The upper left of the upright picture is the lower left of the one that is sent.
    lower = CameraSettings(turn=90, areas=(((0, 0.5), (0.5, 0.5), (0.5, 1), (0, 1)),))
    ((plate,),) = reader.read([sent], [lower])
    assert plate.plate_number == "京A1Z"


def test_a_cameras_confidence_stands_in_place_of_the_configured_one(
    tiny_bundle: ModelBundle,
) -> None:
    reader, metrics = counting(tiny_bundle, min_confidence=0.99)
    assert texts(reader, None) == []
    assert texts(reader, CameraSettings()) == []
    assert texts(reader, CameraSettings(min_confidence=0.1)) == ["京A1Z", "1111"]
    assert left_out(metrics) == {}, "not by a camera's settings"


def all_as(number: str) -> Series:
    return Series(patterns=(number,), source="this test", valid=(number,))


def test_regions_of_each_camera_reach_its_plates_in_one_batch(
    tiny_bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one picture in which the third letter lies between two, three cameras with other rules."""
    monkeypatch.setitem(table.REGIONS, "cn", Region(title="a", formats={"all": all_as("京A1Z")}))
    monkeypatch.setitem(table.REGIONS, "tw", Region(title="b", formats={"all": all_as("京A港Z")}))
    picture = scene()
    paint_plate(picture, "京A1Z", at=(100, 200))
    picture[200:248, 184:226, 0] = round(3.5 * 255 / 5)
    reader, _ = counting(tiny_bundle, regions=["tw"])
    cameras = [
        CameraSettings(regions=("cn",)),
        None,
        CameraSettings(regions=("tw",)),
        CameraSettings(),
    ]

    answers = reader.read([picture] * 4, cameras)

    assert [plate.plate_number for (plate,) in answers] == ["京A1Z", "京A港Z", "京A港Z", "京A港Z"]


def test_there_is_a_camera_for_each_picture(reader: PlateReader) -> None:
    with pytest.raises(ValueError, match="zip"):
        reader.read([scene(), scene()], [None])
