import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from platestream.cli.pictures import (
    LoadedPicture,
    batches,
    expand,
    load,
    load_all,
)
from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.picture.files import read_bounded
from platestream.vision.picture.picture import Picture
from platestream.vision.settings import PictureLimits
from tests.pictures.pixels import good_picture
from tests.pictures.table import BadPicture, bad_pictures

LIMITS = PictureLimits()


def test_folders_give_their_pictures_in_order_and_named_files_stay(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt", "sub/c.tiff", "sub/d.gif"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    named = [tmp_path / "notes.txt", tmp_path / "absent.jpg", tmp_path]
    found = [path.relative_to(tmp_path).as_posix() for path in expand(named)]
    assert found == ["notes.txt", "absent.jpg", "a.png", "b.JPG", "sub/c.tiff"]


def test_a_link_that_leads_back_is_not_followed_for_ever(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(list(expand([tmp_path]))) == 1


@pytest.mark.parametrize("bad", bad_pictures(), ids=lambda bad: bad.name)
def test_every_bad_picture_has_its_code(tmp_path: Path, bad: BadPicture) -> None:
    path = tmp_path / "bad.bin"
    path.write_bytes(bad.data)
    loaded = load(path, LIMITS)
    assert loaded.picture is None
    assert loaded.error is not None
    assert loaded.error.code.code == bad.code


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path / "absent", tmp_path, Path("a\0b")):
        with pytest.raises(FrameError) as refused:
            read_bounded(path, LIMITS)
        assert refused.value.code is ErrorCode.INVALID_PARAMETER


def test_no_more_is_read_than_the_limit_needs(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as stream:
        stream.truncate(1 << 32)
    limits = PictureLimits(max_bytes=2048)
    assert len(read_bounded(path, limits)) == 2049
    loaded = load(path, limits)
    assert loaded.error is not None
    assert loaded.error.code is ErrorCode.PICTURE_SIZE
    assert f"It has {1 << 32} bytes" in str(loaded.error.detail)


def test_pictures_come_in_order_and_not_too_far_ahead(tmp_path: Path) -> None:
    paths = []
    for index in range(12):
        paths.append(tmp_path / f"{index:02d}.png")
        paths[-1].write_bytes(good_picture(".png", seed=index))
    asked = 0

    def counted() -> Iterator[Path]:
        nonlocal asked
        for path in paths:
            asked += 1
            yield path

    loaded = load_all(counted(), LIMITS, lambda picture: picture.pixels, ahead=3)
    assert next(loaded).path == paths[0]
    assert asked == 3
    assert [item.path for item in loaded] == paths[1:]
    assert not [t for t in threading.enumerate() if t.name.startswith("decode")]


def picture(pixels: int) -> LoadedPicture:
    return LoadedPicture(path=Path("a"), source=Picture.of(np.zeros((1, pixels, 3), np.uint8)))


def test_batches_end_by_number_and_by_pixels() -> None:
    sizes = [len(batch) for batch in batches((picture(10) for _ in range(7)), most=3)]
    assert sizes == [3, 3, 1]
    sizes = [len(batch) for batch in batches((picture(10) for _ in range(5)), most=9, pixels=20)]
    assert sizes == [2, 2, 1]


def test_a_heavy_file_is_told_with_its_own_size(tmp_path: Path) -> None:
    """And not with how much of it was read to know."""
    path = tmp_path / "heavy.jpg"
    path.write_bytes(bytes(5000))
    error = load(path, PictureLimits(max_bytes=2000)).error
    assert error is not None
    assert error.code is ErrorCode.PICTURE_SIZE
    assert "5000" in error.detail.replace(",", "")
    assert "2001" not in error.detail.replace(",", "")
