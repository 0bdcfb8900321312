"""Transactions from end to end: what is committed together, aborted, dropped and closed."""

import pytest

from platestream.bus.delivery.retries import StuckTimer
from tests.bus.delivery.desk import HERE, THERE, Desk, abortable
from tests.stream.waiting import wait_until


def test_records_and_offsets_of_all_partitions_go_together(desk: Desk) -> None:
    frames = [desk.finished(HERE, 4, 2), desk.finished(THERE, 7, 0), desk.finished(HERE, 9)]
    desk.delivery.submit(frames)
    desk.settle()
    assert desk.values() == [b"4.0", b"4.1", b"9.0"]
    assert desk.broker.offsets == {HERE: 10, THERE: 8}
    assert desk.delivered == frames
    assert not any(ledger.uncommitted for ledger in desk.ledgers.values())
    assert desk.count("committed") == 1


def test_after_an_abort_the_same_frames_go_again_with_fresh_metadata(desk: Desk) -> None:
    desk.broker.tell("send_offsets", abortable())
    desk.delivery.submit([desk.finished(HERE, n, 2) for n in range(3)])
    desk.delivery.step()
    desk.generation = 2
    desk.settle()
    assert desk.values() == [b"0.0", b"0.1", b"1.0", b"1.1", b"2.0", b"2.1"]
    assert desk.broker.metadata == [2]
    assert (desk.count("aborted"), desk.count("committed")) == (1, 1)
    assert len(desk.delivered) == 3


def test_a_drop_before_the_hand_over_aborts_and_the_others_go_again(desk: Desk) -> None:
    desk.generation = None  # so that the transaction stays open
    desk.delivery.submit([desk.finished(HERE, 0), desk.finished(THERE, 5), desk.finished(HERE, 1)])
    desk.delivery.step()
    desk.drop(HERE)
    desk.generation = 2
    desk.settle()
    assert desk.broker.aborts == 1
    assert desk.values() == [b"5.0"]
    assert desk.broker.offsets == {THERE: 6}


def test_a_drop_while_offsets_are_sent_aborts(desk: Desk) -> None:
    desk.broker.gate.clear()
    desk.delivery.submit([desk.finished(HERE, 0), desk.finished(THERE, 5)])
    desk.delivery.step()
    assert desk.broker.entered.wait(30)
    desk.drop(HERE)
    desk.broker.gate.set()
    desk.settle()
    assert desk.broker.aborts == 1
    assert desk.values() == [b"5.0"]
    assert desk.broker.offsets == {THERE: 6}


def test_close_finishes_what_was_submitted(desk: Desk) -> None:
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert desk.delivery.close(10.0)
    assert desk.values() == [b"0.0"]


def test_close_aborts_what_it_cannot_finish(desk: Desk) -> None:
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert not desk.delivery.close(0.2)
    assert desk.broker.aborts == 1
    assert desk.values() == []


def test_offsets_behind_which_there_is_no_frame_get_one_transaction_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.delivery, "_passing", StuckTimer(0.0))
    desk.delivery.submit([desk.finished(HERE, 4)])
    desk.settle()
    desk.ledgers[HERE].reach(6)  # a marker at 5

    def committed() -> bool:
        desk.delivery.step()
        return desk.ledgers[HERE].committed == 6

    wait_until(committed, "the offset past the marker")
    for _ in range(20):
        desk.delivery.step()
    assert desk.broker.offsets == {HERE: 6}
    assert desk.values() == [b"4.0"]
    assert desk.count("committed") == 2


def test_without_a_place_in_the_group_no_offset_is_committed_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.delivery, "_passing", StuckTimer(0.0))
    desk.ledgers[HERE].begin(5)
    desk.ledgers[HERE].reach(6)
    desk.generation = None
    for _ in range(20):
        desk.delivery.step()
    assert not desk.broker.entered.is_set()
    assert desk.broker.offsets == {}
