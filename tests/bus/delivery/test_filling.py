"""The transaction that is being filled: until when it gathers, when it may go, what is refused."""

import pytest

from platestream.bus.errors import DeliveryError
from tests.bus.delivery.desk import HERE, Desk, end_of
from tests.stream.waiting import wait_until


def test_a_transaction_gathers_until_it_is_full() -> None:
    desk = Desk(linger=60.0, max_frames=2)
    desk.delivery.start()
    desk.delivery.submit([desk.finished(HERE, n) for n in range(5)])

    def two_done() -> bool:
        desk.delivery.step()
        return len(desk.delivered) == 4

    wait_until(two_done, "two transactions")
    assert desk.broker.offsets == {HERE: 4}
    assert desk.delivery.waiting == 1
    desk.delivery.abort()
    assert desk.broker.aborts == 1
    assert desk.count("committed") == 2


def test_without_a_place_in_the_group_nothing_is_handed_over(desk: Desk) -> None:
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    for _ in range(5):
        desk.delivery.step()
    assert not desk.broker.entered.is_set()
    desk.generation = 3
    desk.settle()
    assert desk.broker.metadata == [3]


def test_a_member_that_finds_its_place_again_goes_on(desk: Desk) -> None:
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    desk.delivery.step()
    desk.generation = 2
    desk.settle()
    assert (desk.broker.offsets, desk.broker.metadata) == ({HERE: 1}, [2])


def test_frames_that_can_neither_be_proven_ours_nor_are_dropped_end_the_service() -> None:
    desk = Desk(timeout=0.01)
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert "no place in the group" in end_of(desk)


def test_a_refused_frame_costs_its_neighbours_nothing(desk: Desk) -> None:
    desk.broker.refuses = lambda record: record.value == b"1.1"
    desk.delivery.submit([desk.finished(HERE, n, 2) for n in range(3)])
    desk.settle()
    assert desk.values() == [b"0.0", b"0.1", b"1", b"2.0", b"2.1"]
    assert [f.outcome.kind for f in desk.delivered] == ["plates", "failed", "plates"]
    assert desk.broker.offsets == {HERE: 3}


def test_a_refused_failure_ends_the_service(desk: Desk) -> None:
    desk.broker.refuses = lambda _: True
    desk.delivery.submit([desk.finished(HERE, 0)])
    with pytest.raises(DeliveryError, match="shortest failure record"):
        desk.settle()
    assert desk.delivered == []


def test_a_full_producer_is_tried_again_and_nothing_is_sent_twice(desk: Desk) -> None:
    desk.broker.room = 3
    desk.delivery.submit([desk.finished(HERE, n, 2) for n in range(3)])
    desk.settle()
    assert desk.values() == [b"0.0", b"0.1", b"1.0", b"1.1", b"2.0", b"2.1"]
