"""The book of camera settings: sources over one another, what is refused, and who is told."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from platestream.stream.cameras import CameraBook
from platestream.stream.inference import read_isolated
from platestream.stream.lanes import Lane
from platestream.stream.pipeline import Pipeline
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits
from tests.stream.fakes import FakeReader, frame, picture, reading

EMPTY, TURNED, STRICT = CameraSettings(), CameraSettings(turn=90), CameraSettings(min_confidence=1)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def test_a_later_source_replaces_the_entry_of_the_same_key(metrics: Metrics) -> None:
    book = CameraBook({"a": EMPTY, "b": EMPTY}, metrics)
    book.replace("topic", {"a": STRICT})
    book.replace("file", {"a": TURNED, "b": TURNED})
    assert (book.of("a"), book.of("b"), book.of("c")) == (STRICT, TURNED, None)

    book.replace("topic", {})
    book.replace("file", {"b": TURNED})
    assert (book.of("a"), book.of("b")) == (EMPTY, TURNED)


def test_a_file_that_contradicts_another_source_changes_nothing(metrics: Metrics) -> None:
    book = CameraBook({"gate-*": EMPTY}, metrics)
    book.replace("file", {"lot": TURNED})
    book.replace("file", {"lot": STRICT, "*-north": EMPTY})

    assert book.of("lot") == TURNED
    assert "contradicts cameras.gate-*" in book.wrong("file")["*-north"]
    refused = "platestream_camera_refused_entries"
    assert metrics.registry.get_sample_value(refused, {"source": "file"}) == 1


def test_of_a_topic_only_the_record_that_contradicts_is_left_out_until_it_does_not(
    metrics: Metrics,
) -> None:
    book = CameraBook({}, metrics)
    book.replace("topic", {"gate-*": EMPTY})
    book.replace("topic", {"gate-*": EMPTY, "*-north": TURNED, "lot": TURNED})
    assert (book.of("lot"), book.of("door-north")) == (TURNED, None)
    assert "1 of the newest of topic refused" in book.ready().detail

    book.replace("topic", {"*-north": TURNED, "lot": TURNED})
    assert book.of("door-north") == TURNED
    assert "refused" not in book.ready().detail


def test_it_is_not_ready_before_every_source_is_read(metrics: Metrics) -> None:
    book = CameraBook({}, metrics, awaited=["topic"])
    assert not book.complete
    assert (book.ready().ok, "topic" in book.ready().detail) == (False, True)
    book.replace("topic", {})
    assert book.complete
    assert book.ready().ok


def test_the_same_problem_is_told_and_counted_once(metrics: Metrics) -> None:
    book = CameraBook({}, metrics)
    with capture_logs() as logs:
        book.refuse("file", ["cameras.a.x: there is no such setting"])
        book.refuse("file", ["cameras.a.x: there is no such setting"])
        book.refuse("file", ["cameras.a.y: there is no such setting"])

    told = [entry["problems"] for entry in logs if entry["event"] == "camera_settings_refused"]
    assert told == [[f"cameras.a.{key}: there is no such setting"] for key in "xy"]
    sample = metrics.registry.get_sample_value
    labels = {"source": "file"}
    assert sample("platestream_camera_loads_total", {**labels, "outcome": "refused"}) == 2
    assert sample("platestream_camera_refused_entries", labels) == 1


# -- in the pipeline -------------------------------------------------------------------------------


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def pipeline(reader: FakeReader, book: CameraBook, metrics: Metrics) -> Iterator[Pipeline]:
    made = Pipeline(
        reader,
        settings=StreamSettings(batch_max_frames=4),
        limits=PictureLimits(),
        metrics=metrics,
        cameras=book,
    )
    made.start()
    yield made
    made.close(10)


@pytest.fixture
def book(metrics: Metrics) -> CameraBook:
    return CameraBook({"camera-1": STRICT}, metrics)


def test_frames_are_read_with_the_settings_that_were_in_force_as_they_came(
    pipeline: Pipeline, reader: FakeReader, book: CameraBook
) -> None:
    reader.gate.clear()
    before = [pipeline.submit(frame(number)) for number in range(1, 5)]
    book.replace("file", {"camera-1": EMPTY})
    after = [pipeline.submit(frame(number)) for number in range(6, 10)]
    reader.gate.set()

    assert [len(one.result(10).readings or ()) for one in before] == [0] * 4
    assert [len(one.result(10).readings or ()) for one in after] == [1] * 4


def test_a_request_belongs_to_no_camera(pipeline: Pipeline) -> None:
    """Its frame carries the project where others carry a camera."""
    outcome = pipeline.submit(frame(1), Lane.REQUEST).result(10)
    assert len(outcome.readings or ()) == 1


def test_a_batch_that_fails_is_read_again_with_each_cameras_own_settings() -> None:
    reader = FakeReader(lambda numbers: ValueError("too many") if len(numbers) > 1 else None)
    pictures = [decode_picture(picture(number), PictureLimits()) for number in (1, 2, 3)]

    answers = read_isolated(reader, pictures, [STRICT, None, EMPTY])

    assert answers == [(), (reading(2),), (reading(3),)]
    assert reader.batches == [[1, 2, 3], [1], [2], [3]]
