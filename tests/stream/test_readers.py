"""Readers that change while frames are on their way: who reads which frame, and going back."""

from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from platestream.contract.readings import ModelRef
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline
from platestream.stream.reader import ReaderBrokenError
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.picture.picture import pixels_of
from platestream.vision.settings import PictureLimits
from tests.stream.fakes import FakeReader, frame

OLD, NEW = ModelRef("fake", "1.0.0"), ModelRef("fake", "2.0.0")


class Line:
    """A pipeline whose reader is replaced."""

    def __init__(self, old: FakeReader, **settings: Any) -> None:
        self.metrics = Metrics()
        self.pipeline = Pipeline(
            old,
            settings=StreamSettings(decode_workers=1, **settings),
            limits=PictureLimits(),
            metrics=self.metrics,
            keep_pictures=True,
        )
        self.pipeline.start()

    def submit(self, *numbers: int) -> list[Future[FrameOutcome]]:
        return [self.pipeline.submit(frame(number)) for number in numbers]

    def models(self, *numbers: int) -> list[ModelRef]:
        outcomes = [future.result(30) for future in self.submit(*numbers)]
        assert all(outcome.readings is not None for outcome in outcomes)
        return [outcome.model for outcome in outcomes]

    def swaps(self, outcome: str) -> float | None:
        return self.metrics.registry.get_sample_value(
            "platestream_model_swaps_total", {"outcome": outcome}
        )

    def in_use(self) -> set[str]:
        (family,) = self.metrics.model_info.collect()
        return {sample.labels["version"] for sample in family.samples}


def _fails_on(*bad: int) -> FakeReader:
    return FakeReader(
        lambda numbers: ValueError("no") if set(bad) & set(numbers) else None, model=NEW
    )


def test_frames_finish_with_the_reader_that_they_began_with() -> None:
    old, new = FakeReader(model=OLD), FakeReader(model=NEW)
    line = Line(old, batch_max_frames=4)
    old.gate.clear()
    began = line.submit(*range(1, 10))
    assert old.entered.wait(30)
    line.pipeline.readers.replace(new, trial_frames=2)
    after = line.submit(*range(11, 20))
    old.gate.set()
    assert [future.result(30).model for future in began] == [OLD] * 9
    assert [future.result(30).model for future in after] == [NEW] * 9
    assert sorted(n for batch in old.batches for n in batch) == list(range(1, 10))
    assert line.in_use() == {"2.0.0"}
    assert not line.pipeline.readers.on_trial
    line.pipeline.close(5)


def test_a_reader_that_fails_where_the_one_before_reads_is_taken_out() -> None:
    line = Line(FakeReader(model=OLD))
    line.pipeline.readers.replace(_fails_on(7), trial_frames=100)
    assert line.models(1) == [NEW]
    # The picture is read all the same, and everything after it.
    assert line.models(7) == [OLD]
    assert line.models(8, 9) == [OLD, OLD]
    assert line.swaps("rolled_back") == 1
    assert line.metrics.registry.get_sample_value("platestream_model_refused") == 1
    assert line.in_use() == {"1.0.0"}
    line.pipeline.close(5)


def test_a_reader_that_breaks_on_trial_does_not_end_the_service() -> None:
    line = Line(FakeReader(model=OLD))
    broken = FakeReader(lambda _: RuntimeError("device lost"), model=NEW)
    line.pipeline.readers.replace(broken, trial_frames=100)
    assert line.models(1, 2, 3) == [OLD] * 3
    assert line.pipeline.warm
    line.pipeline.close(5)


def test_a_picture_that_neither_reads_speaks_for_no_one() -> None:
    old = FakeReader(lambda n: ValueError("no") if 7 in n else None, model=OLD)
    line = Line(old)
    line.pipeline.readers.replace(_fails_on(7), trial_frames=100)
    outcome = line.submit(7)[0].result(30)
    assert (outcome.error is not None, outcome.model) == (True, NEW)
    assert line.models(8) == [NEW]
    assert line.swaps("rolled_back") == 0
    line.pipeline.close(5)


def test_after_its_trial_a_reader_stands_alone() -> None:
    line = Line(FakeReader(model=OLD))
    line.pipeline.readers.replace(_fails_on(7), trial_frames=2)
    line.models(1, 2)
    assert line.submit(7)[0].result(30).error is not None
    assert line.models(8) == [NEW]
    line.pipeline.close(5)


def test_frames_of_a_reader_that_was_replaced_and_breaks_are_read_by_the_next() -> None:
    first = FakeReader(lambda _: RuntimeError("gone"), model=OLD)
    line = Line(first)
    first.gate.clear()
    began = line.submit(1, 2)
    assert first.entered.wait(30)
    line.pipeline.readers.replace(FakeReader(model=NEW), trial_frames=0)
    first.gate.set()
    assert [future.result(30).model for future in began] == [NEW, NEW]
    # It was out of force already: that is no roll-back.
    assert line.swaps("rolled_back") == 0
    line.pipeline.close(5)


def test_the_only_reader_has_nobody_to_go_back_to() -> None:
    line = Line(FakeReader(lambda _: RuntimeError("device lost")))
    with pytest.raises(ReaderBrokenError):
        line.submit(1)[0].result(30)
    line.pipeline.close(5)


def test_some_pictures_with_plates_are_kept_and_none_too_large() -> None:
    line = Line(FakeReader())
    readers = line.pipeline.readers
    line.models(*range(1, 10))
    assert len(readers.seen) == 4
    assert all(one.plates == 1 for one in readers.seen)
    huge = np.full((2048, 2048, 3), 7, np.uint8)
    readers.read(readers.current, [huge], [None])
    assert all(pixels_of(one.picture).nbytes < huge.nbytes for one in readers.seen)
    line.pipeline.close(5)
