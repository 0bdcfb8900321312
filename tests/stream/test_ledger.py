"""The ledger: order of release, and commits that never run ahead."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
)

from platestream.stream.ledger import Entry, EntryState, LedgerError, PartitionLedger


def test_release_waits_for_the_first() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    first, second, third = ledger.add(10), ledger.add(11), ledger.add(12)
    second.finish("b")
    assert ledger.release() == []
    first.finish("a")
    assert [entry.item for entry in ledger.release()] == ["a", "b"]
    assert ledger.release() == []
    third.finish("c")
    assert [entry.item for entry in ledger.release()] == ["c"]


def test_the_offset_to_commit_waits_for_delivery_in_order() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    entries = [ledger.add(offset) for offset in (5, 6, 9)]
    for entry in entries:
        entry.finish("x")
    ledger.release()
    assert ledger.committable is None
    entries[1].deliver()
    assert ledger.committable is None
    entries[0].deliver()
    assert ledger.committable == 7
    entries[2].deliver()
    assert ledger.committable == 10  # over the gap at 7 and 8
    assert len(ledger) == 0


def test_commits_are_noted_and_late_acknowledgements_change_nothing() -> None:
    ledger: PartitionLedger[str] = PartitionLedger(start=3)
    assert ledger.position == 3
    for offset in (3, 4):
        entry = ledger.add(offset)
        entry.finish("x")
        ledger.release()
        entry.deliver()
    assert ledger.uncommitted
    assert ledger.position == 5
    ledger.note_committed(5)
    assert not ledger.uncommitted
    ledger.note_committed(4)
    assert ledger.committed == 5
    ledger.note_committed(99)  # of an earlier assignment
    assert ledger.committed == 5


def test_a_drop_voids_every_entry() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    pending, finished, released, delivered = (ledger.add(offset) for offset in range(4))
    delivered_first = [delivered]
    for entry in (finished, released, delivered):
        entry.finish("x")
    assert ledger.drop() == 4
    assert pending.dropped
    pending.finish("late")
    delivered_first[0].deliver()
    assert ledger.release() == []
    assert ledger.committable is None
    with pytest.raises(LedgerError):
        ledger.add(9)


def test_delivered_entries_are_not_counted_as_dropped() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    first, second = ledger.add(0), ledger.add(1)
    first.finish("a")
    second.finish("b")
    ledger.release()
    second.deliver()
    assert ledger.drop() == 1


@pytest.mark.parametrize("again", [3, 2, 0])
def test_offsets_must_rise(again: int) -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    ledger.add(3)
    with pytest.raises(LedgerError):
        ledger.add(again)


def test_an_entry_cannot_finish_twice_nor_deliver_before_its_release() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    entry = ledger.add(0)
    with pytest.raises(LedgerError):
        entry.deliver()
    entry.finish("x")
    with pytest.raises(LedgerError):
        entry.finish("y")
    with pytest.raises(LedgerError):
        entry.deliver()


@given(
    offsets=st.sets(st.integers(0, 500), min_size=1, max_size=40).map(sorted),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_order_of_finishing_and_delivering_gives_source_order(
    offsets: list[int], seed: int
) -> None:
    chance = random.Random(seed)
    ledger: PartitionLedger[int] = PartitionLedger()
    entries = [ledger.add(offset) for offset in offsets]
    to_finish = entries.copy()
    chance.shuffle(to_finish)
    released: list[Entry[int]] = []
    undelivered: list[Entry[int]] = []
    while to_finish or undelivered:
        if to_finish and (not undelivered or chance.random() < 0.5):
            entry = to_finish.pop()
            entry.finish(entry.offset)
            now = ledger.release()
            released.extend(now)
            undelivered.extend(now)
        else:
            undelivered.pop(chance.randrange(len(undelivered))).deliver()
        delivered = [entry.state is EntryState.DELIVERED for entry in entries]
        prefix = delivered.index(False) if False in delivered else len(delivered)
        assert ledger.committable == (offsets[prefix - 1] + 1 if prefix else None)
    assert [entry.offset for entry in released] == offsets
    assert ledger.committable == offsets[-1] + 1


class LedgerMachine(RuleBasedStateMachine):
    """Any sequence of calls, against a model that knows every entry."""

    pending = Bundle("pending")
    waiting = Bundle("waiting")

    def __init__(self) -> None:
        super().__init__()
        self.ledger: PartitionLedger[int] = PartitionLedger()
        self.next_offset = 0
        self.entries: list[Entry[int]] = []
        self.released: list[int] = []
        self.highest: int | None = None

    @rule(target=pending, gap=st.integers(0, 5))
    def add(self, gap: int) -> Entry[int]:
        self.next_offset += gap
        entry = self.ledger.add(self.next_offset)
        self.next_offset += 1
        self.entries.append(entry)
        return entry

    @rule(target=waiting, entry=consumes(pending))
    def finish(self, entry: Entry[int]) -> Entry[int]:
        entry.finish(entry.offset)
        return entry

    @rule()
    def release(self) -> None:
        self.released.extend(entry.offset for entry in self.ledger.release())

    @rule(entry=waiting)
    def deliver(self, entry: Entry[int]) -> None:
        if entry.state is EntryState.RELEASED:
            entry.deliver()

    @rule(offset=st.integers(0, 60))
    def acknowledge_a_commit(self, offset: int) -> None:
        self.ledger.note_committed(offset)

    @rule()
    def revoke_and_get_back(self) -> None:
        self.ledger.drop()
        assert self.ledger.release() == []
        self.ledger = PartitionLedger()
        self.entries, self.released, self.highest = [], [], None

    @invariant()
    def commits_never_run_ahead(self) -> None:
        committable = self.ledger.committable
        if committable is not None:
            before = [entry for entry in self.entries if entry.offset < committable]
            assert all(entry.state is EntryState.DELIVERED for entry in before)
            assert before[-1].offset == committable - 1
        if self.ledger.committed is not None:
            assert committable is not None
            assert self.ledger.committed <= committable

    @invariant()
    def commits_never_go_back(self) -> None:
        committable = self.ledger.committable
        if self.highest is not None:
            assert committable is not None
            assert committable >= self.highest
        self.highest = committable

    @invariant()
    def releases_are_the_beginning_in_order(self) -> None:
        assert self.released == [entry.offset for entry in self.entries][: len(self.released)]


LedgerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLedgerMachine = LedgerMachine.TestCase


def test_what_is_passed_behind_the_last_entry_is_a_position_once_all_is_delivered() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    entry = ledger.add(4)
    ledger.reach(6)  # a marker at 5
    assert (ledger.position, ledger.passed) == (4, None)
    entry.finish("read")
    ledger.release()
    entry.deliver()
    assert (ledger.committable, ledger.position, ledger.passed) == (5, 6, 6)
    ledger.note_committed(5)
    assert ledger.passed == 6
    ledger.note_committed(6)
    assert ledger.passed is None
    assert not ledger.uncommitted


def test_a_partition_in_which_nothing_was_read_has_a_position_where_its_start_is_known() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    ledger.reach(6)
    assert ledger.passed is None
    ledger.begin(5)
    assert ledger.position == ledger.passed == 6
    ledger.note_committed(6)
    ledger.add(6)
    assert ledger.position == 6


def test_an_end_says_nothing_once_an_older_offset_comes() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    ledger.begin(100)
    ledger.reach(100)
    entry = ledger.add(0)  # the topic was made anew
    entry.finish("read")
    ledger.release()
    entry.deliver()
    assert (ledger.committable, ledger.position) == (1, 1)


def test_an_end_where_the_committed_offset_is_leaves_nothing_to_commit() -> None:
    ledger: PartitionLedger[str] = PartitionLedger()
    ledger.begin(6)
    ledger.reach(6)
    assert ledger.passed is None
