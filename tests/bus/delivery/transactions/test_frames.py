"""The frames of a transaction: refused by a broker, or by a producer that is full."""

import pytest

from platestream.bus.errors import DeliveryError
from tests.bus.delivery.transactions.desk import HERE, Desk


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
