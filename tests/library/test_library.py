import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_type_hints

import cv2
import numpy as np
import pytest

import platestream
from platestream import (
    Answer,
    BundleError,
    CameraSettings,
    ErrorCode,
    FrameError,
    Picture,
    PictureLimits,
    PlateReader,
    PlateReading,
    VisionSettings,
)
from platestream.vision.arrays import UInt8Array
from tests.pictures.pixels import encode, noise
from tests.pictures.table import BadPicture, bad_pictures
from tests.vision.tiny_models import paint_plate, scene, write_bundle

NUMBER = "京A1Z"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> VisionSettings:
    bundle = write_bundle(tmp_path_factory.mktemp("bundles") / "tiny")
    # The numbers of the tiny models are of no country.
    return VisionSettings(bundle=bundle, threads=1, regions=())


@pytest.fixture(scope="module")
def reader(settings: VisionSettings) -> Iterator[PlateReader]:
    with PlateReader(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def picture() -> UInt8Array:
    pixels = scene()
    paint_plate(pixels, NUMBER, at=(100, 200))
    return pixels


def numbers(answer: Answer) -> list[str]:
    assert not isinstance(answer, FrameError)
    return [plate.plate_number for plate in answer]


def code_of(answer: Answer) -> ErrorCode:
    assert isinstance(answer, FrameError)
    return answer.code


def test_a_picture_is_the_same_in_every_form(
    reader: PlateReader, picture: UInt8Array, tmp_path: Path
) -> None:
    png = encode(picture, ".png")
    path = tmp_path / "car.png"
    path.write_bytes(png)
    rgb = np.ascontiguousarray(picture[:, :, ::-1])
    forms: list[Picture] = [
        picture,
        rgb[:, :, ::-1],
        png,
        bytearray(png),
        memoryview(png),
        path,
        str(path),
    ]
    answers = [reader.read(form) for form in forms]
    assert numbers(answers[0]) == [NUMBER]
    assert all(answer == answers[0] for answer in answers)
    assert reader.read_batch(forms) == answers
    assert reader.read(noise()) == ()


def test_a_batch_of_any_length_keeps_its_order_and_its_bad_pictures(
    reader: PlateReader, picture: UInt8Array
) -> None:
    held: list[int] = []

    def pictures() -> Iterator[Picture]:
        for index in range(11):
            held.append(index)
            yield (picture, b"no picture", noise(seed=index))[index % 3]

    answers = reader.read_batch(pictures(), size=2)
    assert held == list(range(11))
    for index, answer in enumerate(answers):
        if index % 3 == 1:
            assert code_of(answer) is ErrorCode.UNSUPPORTED_FORMAT
        else:
            assert numbers(answer) == ([NUMBER] if index % 3 == 0 else [])
    assert reader.read_batch([]) == []


@pytest.mark.parametrize("bad", bad_pictures(), ids=lambda bad: bad.name)
def test_every_bad_picture_has_its_code(
    reader: PlateReader, bad: BadPicture, tmp_path: Path
) -> None:
    path = tmp_path / "bad.bin"
    path.write_bytes(bad.data)
    for form in (bad.data, path):
        with pytest.raises(FrameError) as refused:
            reader.read(form)
        assert refused.value.code.code == bad.code


def test_a_file_that_is_not_there_is_told_without_its_name(reader: PlateReader) -> None:
    (answer,) = reader.read_batch(["/nowhere/abc123.jpg"])
    assert code_of(answer) is ErrorCode.INVALID_PARAMETER
    assert "abc123" not in str(answer)


def test_the_rules_of_sizes_hold_for_arrays_too(settings: VisionSettings) -> None:
    with PlateReader(settings, pictures=PictureLimits(max_side=100)) as reader:
        assert reader.read(noise(100, 100)) == ()
        for shape in ((14, 80), (80, 101)):
            with pytest.raises(FrameError) as refused:
                reader.read(noise(*shape))
            assert refused.value.code is ErrorCode.PICTURE_SIZE


def test_what_is_no_picture_is_the_callers_mistake(reader: PlateReader) -> None:
    nothing: list[object] = [None, 7, [[1, 2], [3, 4]]]
    for wrong in nothing:
        with pytest.raises(TypeError, match="no picture"):
            reader.read(wrong)  # type: ignore[arg-type]
    for shape, kind in (((40, 40), "uint8"), ((40, 40, 4), "uint8"), ((40, 40, 3), "float32")):
        with pytest.raises(ValueError, match="not uint8"):
            reader.read(np.zeros(shape, kind))
    # A path is a sequence of letters, and a picture one of rows.
    several: list[object] = ["car.jpg", b"abc", noise(), Path("car.jpg")]
    for one in several:
        with pytest.raises(TypeError, match="read\\(\\) takes one"):
            reader.read_batch(one)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="room for one"):
        reader.read_batch([noise()], size=0)


def test_camera_settings_count(reader: PlateReader, picture: UInt8Array) -> None:
    left_half = CameraSettings(ignore_areas=(((0, 0), (0.6, 0), (0.6, 1), (0, 1)),))
    assert reader.read(picture, camera=left_half) == ()
    assert reader.read_batch([picture, picture], camera=left_half) == [(), ()]


def test_crops_are_read_as_plates(reader: PlateReader, picture: UInt8Array) -> None:
    crop = picture[200:248, 100:268]
    plate, wrong = reader.read_crops([crop, b"no picture"])
    assert numbers(plate) == [NUMBER]
    assert code_of(wrong) is ErrorCode.UNSUPPORTED_FORMAT


def test_plates_are_drawn_into_a_copy(reader: PlateReader, picture: UInt8Array) -> None:
    before = picture.copy()
    drawn = reader.draw(picture, reader.read(picture))
    assert np.array_equal(picture, before)
    assert drawn.shape == picture.shape
    assert (drawn != picture).any()
    assert np.array_equal(reader.draw(encode(picture, ".png"), ()), picture)


def test_threads_share_a_reader(reader: PlateReader, picture: UInt8Array) -> None:
    expected = reader.read(picture)
    with ThreadPoolExecutor(4) as pool:
        assert all(answer == expected for answer in pool.map(reader.read, [picture] * 24))


def test_a_closed_reader_says_so(settings: VisionSettings, picture: UInt8Array) -> None:
    with PlateReader(settings) as reader:
        reader.warm_up()
        assert reader.model.name
    with pytest.raises(RuntimeError, match="closed"):
        reader.read(picture)
    reader.close()


def test_models_that_are_missing_are_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        PlateReader(VisionSettings(bundle=tmp_path))


def test_every_name_of_the_interface_is_there() -> None:
    for name in platestream.__all__:
        assert getattr(platestream, name) is not None
        assert name in dir(platestream)
    with pytest.raises(AttributeError, match="no attribute 'Reader'"):
        _ = platestream.Reader
    assert get_type_hints(PlateReader.read)["return"] == tuple[PlateReading, ...]


_IMPORTS = """
import sys
before = set(sys.modules)
import platestream
print(*(set(sys.modules) - before))
from platestream import PlateReader
print(*(set(sys.modules) - before))
"""


def test_an_import_costs_nothing_and_the_reader_needs_no_kafka_and_no_web() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _IMPORTS], check=True, capture_output=True, text=True
    )
    first, second = (
        {name for name in line.split() if name.split(".")[0] not in sys.stdlib_module_names}
        for line in told.stdout.splitlines()
    )
    assert first == {"platestream"}
    assert {"platestream.library", "cv2"} <= second
    heavy = {"confluent_kafka", "uvicorn", "starlette", "httpx", "rich", "typer", "opentelemetry"}
    assert not heavy & {name.split(".")[0] for name in second}
    assert not any(name.startswith(("platestream.bus", "platestream.web")) for name in second)


def test_a_file_of_the_disk_is_read_by_its_content(
    reader: PlateReader, picture: UInt8Array, tmp_path: Path
) -> None:
    path = tmp_path / "picture.with.no.suffix"
    cv2.imwrite(str(tmp_path / "car.png"), picture)
    (tmp_path / "car.png").rename(path)
    assert numbers(reader.read(path)) == [NUMBER]
