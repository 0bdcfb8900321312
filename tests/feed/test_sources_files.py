"""Films, folders, and folders that are written into."""

import ftplib
import io
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from platestream.feed.sources.files import captured_at, ends_whole
from tests.feed.pictures import jpeg, jpegs, number_of, numbered, write_film, write_folder
from tests.feed.running import KeepingSink, feeder_of, header, running, times
from tests.stream.waiting import wait_until

_START = "2026-03-01T06:00:00+01:00"


def test_a_film_is_decoded_and_its_times_are_its_start_and_its_own(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 30, codec="libx264")
    sink = KeepingSink()
    source = {"source": str(film), "start": _START}
    summary = feeder_of(sink, sources={"gate": source}).run()
    assert [number_of(message.value) for message in sink.messages] == list(range(30))
    begin = int(datetime.fromisoformat(_START).timestamp() * 1000)
    assert times(sink.messages) == [begin + 40 * number for number in range(30)]
    assert summary.cameras["gate"].published == 30
    assert not summary.failed
    assert not summary.latency_seconds


def test_the_jpegs_in_a_film_go_on_untouched(tmp_path: Path) -> None:
    import av

    film = write_film(tmp_path / "film.avi", 10, codec="mjpeg")
    with av.open(str(film)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    sink = KeepingSink()
    feeder_of(sink, sources={"gate": {"source": str(film)}}).run()
    assert [message.value for message in sink.messages] == packets


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    import av

    path = tmp_path / "squeezed.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 360, "yuv420p"
        stream.codec_context.sample_aspect_ratio = 2  # type: ignore[assignment]
        shrunk = cv2.resize(numbered(5), (320, 360), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(shrunk, np.uint8)
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        container.mux(stream.encode())
    sink = KeepingSink()
    feeder_of(sink, sources={"gate": {"source": str(path)}}).run()
    shown = cv2.imdecode(np.frombuffer(sink.messages[0].value, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (360, 640, 3)
    assert number_of(sink.messages[0].value) == 5


def test_a_film_in_a_loop_goes_on_in_time_and_at_its_own_pace(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.avi", 5, codec="mjpeg")
    sink = KeepingSink()
    source = {"source": str(film), "start": _START, "loop": True}
    began = time.monotonic()
    with running(feeder_of(sink, sources={"gate": source})):
        wait_until(lambda: len(sink.messages) >= 13)
        took = time.monotonic() - began
    moments = times(sink.messages)
    assert {b - a for a, b in pairwise(moments)} == {40}
    assert took >= 12 * 0.04


def test_a_film_that_is_none_fails_and_says_so(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"nothing of the kind" * 100)
    summary = feeder_of(KeepingSink(), sources={"gate": {"source": str(film)}}).run()
    assert summary.failed


def test_a_folder_goes_in_the_order_of_names_with_what_is_damaged_left_out(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pictures", 4)
    (folder / "0002.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (folder / "notes.txt").write_text("no picture")
    os.utime(folder / "0003.jpg", ns=(0, 1_767_225_600_123_000_000))
    sink = KeepingSink()
    summary = feeder_of(sink, sources={"gate": {"source": str(folder)}}).run()
    assert [header(message, "attr.file") for message in sink.messages] == [
        "0000.jpg",
        "0001.jpg",
        "0003.jpg",
    ]
    assert times(sink.messages)[-1] == 1_767_225_600_123
    assert summary.cameras["gate"].dropped["damaged"] == 1
    assert summary.lost == 1


def _with_exif(taken: str, offset: str | None) -> bytes:
    exif = Image.Exif()
    tags = exif.get_ifd(0x8769)
    tags[0x9003] = taken
    tags[0x9291] = "25"
    if offset is not None:
        tags[0x9011] = offset
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_exif_time_counts_only_with_its_offset() -> None:
    modified = 1_767_225_600_000
    told = int(datetime(2026, 3, 1, 5, tzinfo=UTC).timestamp() * 1000) + 250
    taken = "2026:03:01 06:00:00"
    assert captured_at(_with_exif(taken, "+01:00"), modified * 1_000_000) == told
    assert captured_at(_with_exif(taken, None), modified * 1_000_000) == modified
    assert captured_at(_with_exif("0000:00:00 00:00:00", "Z"), modified * 1_000_000) == modified
    assert captured_at(jpeg(numbered(1)), modified * 1_000_000) == modified


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
def test_a_file_shows_its_own_end(suffix: str) -> None:
    done, encoded = cv2.imencode(suffix, numbered(3))
    data = bytes(encoded)
    assert done
    assert ends_whole(data)
    assert ends_whole(data[: len(data) // 2]) is None
    assert ends_whole(data[:4]) is None


def test_a_watched_folder_gives_each_file_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    whole = list(jpegs(6))
    (tmp_path / "before.jpg").write_bytes(whole[0])
    sink = KeepingSink()
    source = {"source": str(tmp_path), "watch": True}
    feeder = feeder_of(sink, sources={"gate": source}, settle_seconds=0.5)
    with running(feeder) as run:
        _wait_for_watch(feeder)
        # In pieces, with pauses longer than two looks are apart.
        with (tmp_path / "slow.jpg").open("wb", buffering=0) as slow:
            size = len(whole[1])
            for part in range(3):
                slow.write(whole[1][part * size // 3 : (part + 1) * size // 3])
                time.sleep(0.3)
        (tmp_path / "upload.tmp").write_bytes(whole[2])
        (tmp_path / "upload.tmp").rename(tmp_path / "renamed.jpg")
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "deep.jpg").write_bytes(whole[3])
        (tmp_path / "vendor.jpg").write_bytes(whole[4] + b"vendor data")
        (tmp_path / "cut.jpg").write_bytes(whole[5][: len(whole[5]) // 2])
        wait_until(lambda: len(sink.messages) >= 4)
        (tmp_path / "slow.jpg").write_bytes(whole[0])
        wait_until(lambda: len(sink.messages) >= 5)
    got = {(header(m, "attr.file"), number_of(m.value)) for m in sink.messages}
    assert got == {
        ("slow.jpg", 1),
        ("renamed.jpg", 2),
        ("sub/deep.jpg", 3),
        ("vendor.jpg", 4),
        ("slow.jpg", 0),
    }
    assert run.ended().cameras["gate"].published == 5
    assert [message.value for message in sink.messages if header(message, "attr.file") == "slow.jpg"
            ] == [whole[1], whole[0]]  # fmt: skip


def _wait_for_watch(feeder: object) -> None:
    (camera,) = feeder._cameras.values()  # type: ignore[attr-defined]
    wait_until(lambda: camera._source._scanned is not None)


@contextmanager
def _ftp_server(folder: Path) -> Iterator[tuple[str, int]]:
    """An FTP server that cameras upload to, as docs/FEED.md sets it up."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

    authorizer = DummyAuthorizer()
    authorizer.add_user("camera", "password", str(folder), perm="elmw")

    class Handler(FTPHandler):  # type: ignore[misc]
        """Of this server alone."""

    Handler.authorizer = authorizer
    server = FTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"timeout": 0.05})
    thread.start()
    try:
        yield server.socket.getsockname()[:2]
    finally:
        server.close_all()
        thread.join(10)


class _SlowReader(io.BytesIO):
    """A file that is read as a camera sends it: in pieces."""

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.25)
        return super().read(2048 if size is None or size < 0 else min(size, 2048))


def test_an_ftp_drop_gives_whole_pictures_and_is_emptied(tmp_path: Path) -> None:
    whole = list(jpegs(3))
    sink = KeepingSink()
    source = {"source": str(tmp_path), "watch": True, "delete": True, "existing": True}
    (tmp_path / "left-over.jpg").write_bytes(whole[0])
    with _ftp_server(tmp_path) as (host, port):
        feeder = feeder_of(sink, sources={"gate": source})
        with running(feeder), ftplib.FTP() as ftp:  # noqa: S321 - what cameras speak
            _wait_for_watch(feeder)
            ftp.connect(host, port, timeout=20)
            ftp.login("camera", "password")
            ftp.mkd("20260301")
            for number in (1, 2):
                ftp.storbinary(f"STOR 20260301/{number}.jpg", _SlowReader(whole[number]))
            wait_until(lambda: len(sink.messages) >= 3)
            wait_until(lambda: not list(tmp_path.rglob("*.jpg")))
    assert [message.value for message in sink.messages] == whole
