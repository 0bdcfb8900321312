"""Accounts of frames between consumer and delivery, in the odd cases."""

import gc
from collections.abc import Iterator, Mapping

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, Message

from platestream.bus.configuration.settings import TopicSettings
from platestream.bus.delivery.at_least_once import AtLeastOnceDelivery
from platestream.bus.flow.frame_flow import FrameFlow
from platestream.bus.flow.messages import RecordBuilder
from platestream.bus.partitions import Ledgers, Partition
from platestream.contract.events import EventEncoder
from platestream.contract.frames import Frame
from platestream.contract.messages import DEFAULT_LIMITS
from platestream.stream.budget import InFlightBudget
from platestream.stream.pipeline import Pipeline, PipelineFullError
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.settings import PictureLimits
from tests.bus.delivery.publisher import FakePublisher
from tests.bus.messages import STORE
from tests.stream.fakes import FakeReader, picture
from tests.stream.waiting import wait_until

HERE = Partition("frames", 0)


def message(offset: int, number: int = 1) -> Message:
    return Message(
        topic="frames",
        partition=0,
        offset=offset,
        key=b"camera",
        value=picture(number),
        timestamp=(TIMESTAMP_CREATE_TIME, 1_700_000_000_000),
    )


class Stand:
    """A flow with a real pipeline, a publisher that acknowledges on demand and no Kafka."""

    def __init__(self, max_frames: int = 4) -> None:
        self.reader = FakeReader()
        self.metrics = Metrics()
        self.ledgers: Ledgers = {}
        self.publisher = FakePublisher()
        self.pipeline = Pipeline(
            self.reader,
            settings=StreamSettings(max_in_flight_frames=max_frames, decode_workers=1),
            limits=PictureLimits(),
            metrics=self.metrics,
        )
        self.flow = FrameFlow(
            pipeline=self.pipeline,
            ledgers=self.ledgers,
            budget=InFlightBudget(max_frames, 2**30, 0.5),
            records=RecordBuilder(EventEncoder(STORE), TopicSettings(), 1_000_000),
            store=STORE,
            limits=DEFAULT_LIMITS,
            keep_payload=False,
            metrics=self.metrics,
        )
        self.commits: list[dict[Partition, int]] = []
        self.flow.connect(
            AtLeastOnceDelivery(
                publisher=self.publisher,
                commit_offsets=lambda offsets, wait: self.commit(offsets, wait=wait),
                ledgers=self.ledgers,
                on_delivered=self.flow.delivered,
                commit_interval=0.0,
            )
        )
        self.flow.assign([HERE])

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool) -> None:  # noqa: ARG002
        self.commits.append(dict(offsets))

    def run_until_sent(self, records: int) -> None:
        def sent() -> bool:
            self.flow.step()
            return len(self.publisher.sent) >= records

        wait_until(sent, f"{records} records")


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = Stand()
    stand.pipeline.start()
    yield stand
    stand.reader.gate.set()
    stand.pipeline.close(10)


def test_a_frame_is_in_flight_until_its_records_are_acknowledged(stand: Stand) -> None:
    stand.flow.take(message(5))
    assert stand.flow.in_flight == 1
    stand.run_until_sent(1)
    assert stand.flow.in_flight == 1
    stand.publisher.acknowledge()
    stand.flow.step()
    assert stand.flow.in_flight == 0
    assert stand.commits[-1] == {HERE: 6}


def test_a_message_of_a_partition_that_is_not_ours_is_let_go(stand: Stand) -> None:
    stand.flow.drop([HERE], "revoked")
    stand.flow.take(message(5))
    assert stand.flow.in_flight == 0


def test_a_result_that_comes_after_the_drop_changes_nothing(stand: Stand) -> None:
    stand.reader.gate.clear()
    stand.flow.take(message(5))
    assert stand.reader.entered.wait(30)
    stand.flow.drop([HERE], "lost")
    stand.flow.assign([HERE])  # and back again
    assert stand.flow.in_flight == 1  # its memory still counts: it is in inference
    stand.reader.gate.set()

    def let_go() -> bool:
        stand.flow.step()
        return stand.flow.in_flight == 0

    wait_until(let_go, "the release of the budget")
    assert stand.publisher.sent == []
    assert stand.commits == []
    name = "platestream_frames_dropped_total"
    assert stand.metrics.registry.get_sample_value(name, {"reason": "lost"}) == 1


def test_an_acknowledgement_that_comes_after_the_drop_changes_nothing(stand: Stand) -> None:
    stand.flow.take(message(5))
    stand.run_until_sent(1)
    stand.flow.drop([HERE], "revoked")
    assert stand.flow.in_flight == 0
    stand.flow.assign([HERE])
    stand.publisher.acknowledge()
    stand.flow.step()
    assert stand.commits == []
    assert stand.flow.in_flight == 0


def test_a_source_that_goes_back_is_read_from_there(stand: Stand) -> None:
    stand.flow.take(message(50))
    stand.run_until_sent(1)
    stand.flow.take(message(3))
    stand.run_until_sent(2)
    while stand.publisher.open:
        stand.publisher.acknowledge()
    stand.flow.step()
    assert stand.commits[-1] == {HERE: 4}
    assert stand.flow.in_flight == 0


def test_a_full_pipeline_takes_nothing_and_accounts_for_nothing(stand: Stand) -> None:
    stand.reader.gate.clear()
    for offset in range(4):
        stand.flow.take(message(offset))
    with pytest.raises(PipelineFullError):
        stand.flow.take(message(4))
    assert stand.flow.in_flight == 4
    name = "platestream_frames_consumed_total"
    assert stand.metrics.registry.get_sample_value(name) == 4
    stand.reader.gate.set()
    stand.run_until_sent(4)
    stand.flow.take(message(4))
    stand.run_until_sent(5)
    assert [record.key for record in stand.publisher.sent] == [b"camera"] * 5


def test_a_delivered_frame_leaves_memory_without_the_cycle_collector(stand: Stand) -> None:
    gc.collect()
    others = {id(held): held for held in gc.get_objects() if isinstance(held, Frame)}
    gc.disable()
    try:
        for offset in range(4):
            stand.flow.take(message(offset))
        stand.run_until_sent(4)
        while stand.publisher.open:
            stand.publisher.acknowledge()
        stand.flow.step()
        assert stand.flow.in_flight == 0

        def gone() -> bool:
            return all(id(held) in others for held in gc.get_objects() if isinstance(held, Frame))

        wait_until(gone, "the end of the last frame")
    finally:
        gc.enable()
