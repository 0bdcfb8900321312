import cv2
import numpy as np

from platestream.cli.demo.pictures import (
    DrawnPlate,
    bundled_pictures,
    bundled_truth,
    drawn_texts,
)
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits
from tests.cli.conftest import box


def test_every_bundled_picture_is_good_and_its_truth_lies_inside() -> None:
    truth = bundled_truth()
    paths = bundled_pictures()
    assert {path.name for path in paths} == set(truth)
    for path in paths:
        height, width = decode_picture(path.read_bytes(), PictureLimits()).shape[:2]
        for plate in truth[path.name]:
            corners = np.array(plate.corners, np.float32)
            assert plate.text
            assert cv2.contourArea(corners, oriented=True) > 0  # clockwise, y downwards
            assert (corners >= 0).all()
            assert (corners < (width, height)).all()


def test_the_bundled_pictures_show_plates_and_none() -> None:
    numbers = [len(plates) for plates in bundled_truth().values()]
    assert 0 in numbers
    assert max(numbers) > 1


def test_events_find_the_plate_they_were_read_from() -> None:
    drawn = [DrawnPlate("京A1", box(0, 0, 100, 30)), DrawnPlate("沪B2", box(200, 0, 100, 30))]
    locations = [box(198, 1, 100, 30), box(400, 0, 50, 20), box(1, 0, 100, 30)]
    events = [{"plate": {"plate_location": location}} for location in locations]
    assert drawn_texts(drawn, events) == {0: "沪B2", 2: "京A1"}
    assert drawn_texts((), events) == {}
