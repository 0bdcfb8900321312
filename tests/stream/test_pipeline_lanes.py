"""Frames of the stream and requests on one pipeline: neither starves the other."""

import time

import pytest

from platestream.stream.lanes import Lane
from platestream.stream.pipeline import Pipeline, PipelineFullError
from tests.stream.fakes import FakeReader, frame
from tests.stream.test_pipeline import Fetcher, running
from tests.stream.waiting import wait_until

# Numbers of requests, to tell them from frames in the batches that the reader saw.
REQUESTS = range(1001, 1100)


def hold(reader: FakeReader, pipeline: Pipeline) -> None:
    """Keep the inference thread busy with one frame until the gate opens."""
    reader.gate.clear()
    pipeline.submit(frame(1))
    assert reader.entered.wait(30)


def submitted(pipeline: Pipeline, *, frames: int, requests: int) -> None:
    """Put both kinds in, frames first, and wait until all of them wait for inference."""
    for number in range(2, 2 + frames):
        pipeline.submit(frame(number))
    for number in REQUESTS[:requests]:
        pipeline.submit(frame(number), Lane.REQUEST)
    wait_until(lambda: len(pipeline._inference._decoded) == frames + requests, "the decoding")


def requests_in(batch: list[int]) -> int:
    return sum(number in REQUESTS for number in batch)


def test_requests_are_read_beside_a_backlog_and_take_no_more_than_their_share() -> None:
    reader = FakeReader()
    with running(reader, batch_max_frames=4, request_share=0.25) as pipeline:
        hold(reader, pipeline)
        submitted(pipeline, frames=24, requests=8)
        reader.gate.set()
        wait_until(lambda: pipeline.pending == 0, "all outcomes")
    contended = reader.batches[1:9]
    assert [len(batch) for batch in contended] == [4] * 8
    assert [requests_in(batch) for batch in contended] == [1] * 8


@pytest.mark.parametrize(("frames", "requests"), [(40, 4), (4, 40)])
def test_the_few_are_through_after_a_few_batches_however_many_the_others_are(
    frames: int, requests: int
) -> None:
    reader = FakeReader()
    with running(reader, batch_max_frames=4, request_share=0.5) as pipeline:
        hold(reader, pipeline)
        submitted(pipeline, frames=frames, requests=requests)
        reader.gate.set()
        wait_until(lambda: pipeline.pending == 0, "all outcomes")
    first = [number for batch in reader.batches[1:3] for number in batch]
    assert requests_in(first) == 4
    assert sum(len(batch) for batch in reader.batches) == 45


def test_each_lane_has_places_of_its_own() -> None:
    reader = FakeReader()
    with running(reader, max_in_flight_frames=3, max_in_flight_requests=2) as pipeline:
        hold(reader, pipeline)
        submitted(pipeline, frames=2, requests=2)
        for lane in Lane:
            with pytest.raises(PipelineFullError):
                pipeline.submit(frame(99), lane)
        reader.gate.set()
        wait_until(lambda: pipeline.pending == 0, "all outcomes")
        assert pipeline.submit(frame(REQUESTS[0]), Lane.REQUEST).result(30).kind == "plates"
        assert pipeline.submit(frame(3)).result(30).kind == "plates"


def test_a_cancelled_request_gives_its_place_back() -> None:
    reader = FakeReader()
    with running(reader, max_in_flight_requests=1) as pipeline:
        hold(reader, pipeline)
        assert pipeline.submit(frame(2), Lane.REQUEST).cancel()
        again = pipeline.submit(frame(3), Lane.REQUEST)
        reader.gate.set()
        assert again.result(30).kind == "plates"


class HeldFetcher(Fetcher):
    """Never comes back with ``n:7``, until the test ends."""

    def __init__(self, reader: FakeReader) -> None:
        super().__init__()
        self._reader = reader

    def fetch(self, url: str) -> bytes:
        if url == "n:7":
            self._reader.gate.wait(60)
        return super().fetch(url)


def test_a_request_waits_for_neighbours_no_longer_than_its_own_age_limit() -> None:
    reader = FakeReader()
    fetcher = HeldFetcher(reader)
    with running(
        reader, fetcher=fetcher, batch_max_age_ms=10_000, request_max_age_ms=1
    ) as pipeline:
        # A frame that is still being fetched keeps the batch open for others.
        reader.gate.clear()
        late = pipeline.submit(frame(7, url="n:7"))
        began = time.monotonic()
        pipeline.submit(frame(REQUESTS[0]), Lane.REQUEST)
        assert reader.entered.wait(30)
        # Generous to a busy machine, yet far below what a frame would have waited.
        assert time.monotonic() - began < 9
        reader.gate.set()
        assert late.result(30).kind == "plates"
    assert reader.batches[0] == [REQUESTS[0]]
