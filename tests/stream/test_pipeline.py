"""Frames to outcomes."""

import gc
import threading
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from typing import Any

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.readings import PlateReading
from platestream.stream.pipeline import (
    Pipeline,
    PipelineClosedError,
    PipelineFullError,
    UrlFetcher,
)
from platestream.stream.reader import ReaderBrokenError
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.picture.header import PictureHeader
from platestream.vision.picture.picture import Picture, pixels_of
from platestream.vision.settings import PictureLimits
from tests.stream.fakes import FakeReader, frame, picture, reading
from tests.stream.waiting import wait_until

SETTINGS: dict[str, Any] = {"decode_workers": 2, "batch_max_frames": 4, "batch_max_age_ms": 10_000}


class Fetcher:
    """Serves pictures by number: ``n:7``."""

    def __init__(self) -> None:
        self.fetched: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if url == "gone":
            raise FrameError(ErrorCode.URL_FETCH_FAILED)
        if url == "bug":
            raise ZeroDivisionError
        return picture(int(url.removeprefix("n:")))


@contextmanager
def running(
    reader: FakeReader,
    *,
    metrics: Metrics | None = None,
    fetcher: UrlFetcher | None = None,
    **settings: Any,
) -> Iterator[Pipeline]:
    pipeline = Pipeline(
        reader,
        settings=StreamSettings(**{**SETTINGS, **settings}),
        limits=PictureLimits(),
        metrics=metrics or Metrics(),
        fetcher=fetcher,
    )
    pipeline.start()
    try:
        yield pipeline
    finally:
        reader.gate.set()
        pipeline.close(10)


def test_a_picture_is_inspected_once(monkeypatch: pytest.MonkeyPatch) -> None:
    inspected: list[bytes] = []

    def inspect(data: bytes, limits: PictureLimits) -> PictureHeader:
        inspected.append(data)
        return inspect_picture(data, limits)

    for module in ("stream.decoding", "vision.picture.decode"):
        monkeypatch.setattr(f"platestream.{module}.inspect_picture", inspect)
    with running(FakeReader()) as pipeline:
        assert pipeline.submit(frame(1)).result(10).error is None
    assert len(inspected) == 1


def test_frames_become_outcomes() -> None:
    reader = FakeReader()
    with running(reader) as pipeline:
        assert reader.warm
        assert pipeline.warm
        futures = [pipeline.submit(frame(n)) for n in range(1, 13)]
        outcomes = [future.result(30) for future in futures]
    assert [outcome.frame.source.offset for outcome in outcomes] == list(range(1, 13))
    for number, outcome in enumerate(outcomes, 1):
        assert outcome.readings == (() if number % 5 == 0 else (reading(number),))
        assert outcome.error is None


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"", ErrorCode.UNSUPPORTED_FORMAT),
        (b"GIF89a....", ErrorCode.UNSUPPORTED_FORMAT),
        (picture(1)[:40], ErrorCode.PICTURE_DAMAGED),
        (b"\x89PNG\r\n\x1a\n", ErrorCode.PICTURE_DAMAGED),
    ],
)
def test_bad_pictures_end_in_their_code(image: bytes, code: ErrorCode) -> None:
    with running(FakeReader()) as pipeline:
        bad = pipeline.submit(frame(1, image=image))
        good = pipeline.submit(frame(2))
        error = bad.result(30).error
        assert error is not None
        assert error.code is code
        assert good.result(30).kind == "plates"


def test_urls_are_fetched_and_their_failures_end_in_their_code() -> None:
    fetcher = Fetcher()
    with running(FakeReader(), fetcher=fetcher) as pipeline:
        good, gone, bug = (
            pipeline.submit(frame(n, url=url)) for n, url in ((1, "n:1"), (2, "gone"), (3, "bug"))
        )
        assert good.result(30).readings == (reading(1),)
        errors = [future.result(30).error for future in (gone, bug)]
    assert [error.code for error in errors if error] == [
        ErrorCode.URL_FETCH_FAILED,
        ErrorCode.RECOGNITION_FAILED,
    ]


def test_without_a_fetcher_urls_are_refused() -> None:
    with running(FakeReader()) as pipeline:
        error = pipeline.submit(frame(1, url="n:1")).result(30).error
    assert error is not None
    assert error.code is ErrorCode.INVALID_PARAMETER


def test_a_batch_does_not_wait_when_nothing_else_is_on_its_way() -> None:
    with running(FakeReader(), batch_max_age_ms=10_000) as pipeline:
        assert pipeline.submit(frame(1)).result(5).kind == "plates"


def test_a_frame_that_fails_on_its_way_is_not_waited_for() -> None:
    gate = threading.Event()

    class Slow(Fetcher):
        def fetch(self, url: str) -> bytes:
            assert gate.wait(30)
            return super().fetch(url)

    with running(FakeReader(), fetcher=Slow(), batch_max_age_ms=10_000) as pipeline:
        failing = pipeline.submit(frame(1, url="gone"))
        waiting = pipeline.submit(frame(2))
        gate.set()
        assert failing.result(5).kind == "failed"
        assert waiting.result(5).kind == "plates"


def test_frames_gather_while_the_reader_is_busy() -> None:
    reader, metrics = FakeReader(), Metrics()
    reader.gate.clear()
    with running(reader, metrics=metrics) as pipeline:
        first = pipeline.submit(frame(1))
        assert reader.entered.wait(30)
        rest = [pipeline.submit(frame(n)) for n in range(2, 11)]
        wait_until(lambda: len(pipeline._inference._decoded) >= 9, "decoding of the rest")
        reader.gate.set()
        wait_for([first, *rest], 30)
    assert [len(batch) for batch in reader.batches] == [1, 4, 4, 1]
    assert metrics.registry.get_sample_value("platestream_batch_frames_sum") == 10


def test_one_bad_picture_does_not_fail_its_neighbours() -> None:
    reader = FakeReader(fails=lambda numbers: RuntimeError() if 3 in numbers else None)
    reader.gate.clear()
    with running(reader) as pipeline:
        pipeline.submit(frame(1))
        assert reader.entered.wait(30)
        futures = [pipeline.submit(frame(n)) for n in (2, 3, 4)]
        reader.gate.set()
        kinds = [future.result(30).kind for future in futures]
    assert kinds == ["plates", "failed", "plates"]


def test_a_broken_reader_is_an_exception_and_blames_no_frame() -> None:
    with running(FakeReader(fails=lambda _: RuntimeError("device lost"))) as pipeline:
        with pytest.raises(ReaderBrokenError):
            pipeline.submit(frame(1)).result(30)
        wait_until(lambda: not pipeline.warm)
        with pytest.raises(ReaderBrokenError):
            pipeline.submit(frame(2))


def test_cancelled_frames_are_skipped() -> None:
    reader = FakeReader()
    reader.gate.clear()
    with running(reader) as pipeline:
        running_one = pipeline.submit(frame(1))
        assert reader.entered.wait(30)
        kept, dropped = pipeline.submit(frame(2)), pipeline.submit(frame(3))
        assert dropped.cancel()
        assert not running_one.cancel()
        reader.gate.set()
        assert kept.result(30).kind == "plates"
        assert running_one.result(30).kind == "plates"
        assert pipeline.submit(frame(4)).result(30).kind == "plates"
    assert 3 not in [number for batch in reader.batches for number in batch]


def test_more_frames_than_allowed_are_refused_until_some_are_done() -> None:
    reader = FakeReader()
    reader.gate.clear()
    with running(reader, max_in_flight_frames=3) as pipeline:
        futures = [pipeline.submit(frame(n)) for n in range(3)]
        with pytest.raises(PipelineFullError):
            pipeline.submit(frame(9))
        assert pipeline.pending == 3
        reader.gate.set()
        wait_for(futures, 30)
        wait_until(lambda: pipeline.pending == 0)
        assert pipeline.submit(frame(9)).result(30).kind == "plates"


def test_decoded_pixels_stay_inside_their_budget() -> None:
    one = 16 * 24 * 3
    peak: list[int] = []

    def watch(_: list[int]) -> None:
        peak.append(pipeline._pixels.taken)

    reader = FakeReader(fails=watch)
    # A batch may not wait for frames that wait for the batch's own pixels: hence the short age.
    with running(reader, max_decoded_bytes=2 * one, batch_max_age_ms=5) as pipeline:
        wait_for([pipeline.submit(frame(n)) for n in range(20)], 30)
        wait_until(lambda: pipeline._pixels.taken == 0)
    assert sum(len(batch) for batch in reader.batches) == 20
    assert max(peak) <= 2 * one


def test_close_finishes_what_is_on_its_way() -> None:
    reader = FakeReader()
    with running(reader) as pipeline:
        futures = [pipeline.submit(frame(n)) for n in range(10)]
        assert pipeline.close(30)
        assert all(future.done() and not future.cancelled() for future in futures)
        with pytest.raises(PipelineClosedError):
            pipeline.submit(frame(11))


def test_close_cancels_at_its_deadline() -> None:
    reader = FakeReader()
    reader.gate.clear()
    with running(reader) as pipeline:
        stuck = pipeline.submit(frame(1))
        assert reader.entered.wait(30)
        waiting = pipeline.submit(frame(2))
        assert not pipeline.close(0.05)
        assert waiting.cancelled()
        assert not stuck.done()
        reader.gate.set()
        assert stuck.result(30).kind == "plates"
        wait_until(
            lambda: not pipeline._inference._thread.is_alive(), "end of the inference thread"
        )


def test_a_batch_that_takes_too_long_is_noticed() -> None:
    reader = FakeReader()
    reader.gate.clear()
    with running(reader, stuck_after_seconds=0.05) as pipeline:
        assert not pipeline.stuck
        future = pipeline.submit(frame(1))
        wait_until(lambda: pipeline.stuck, "the stuck batch")
        reader.gate.set()
        future.result(30)
        wait_until(lambda: not pipeline.stuck)


def test_no_decoded_picture_is_kept() -> None:
    seen: list[weakref.ref[UInt8Array]] = []

    class Watching(FakeReader):
        def read(
            self,
            pictures: Sequence[Picture | UInt8Array],
            cameras: Sequence[CameraSettings | None] | None = None,
        ) -> list[tuple[PlateReading, ...]]:
            seen.extend(weakref.ref(pixels_of(one)) for one in pictures)
            return super().read(pictures, cameras)

    with running(Watching()) as pipeline:
        assert pipeline.submit(frame(1)).result(30).kind == "plates"

        def gone() -> bool:
            gc.collect()
            return all(watch() is None for watch in seen)

        wait_until(gone, "release of the picture")
    assert seen
