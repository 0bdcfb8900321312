"""The ledger of one partition: output in source order, commits that never run ahead.

An entry goes through four states: *pending* (taken in), *finished* (its item is known), *released*
(handed on for publishing, in source order), *delivered* (every record of it is acknowledged).
Frames finish in any order, since they travel in batches across partitions; they are released as the
contiguous finished prefix, and the offset to commit is one past the last entry of the contiguous
delivered prefix. Offsets may have gaps: compaction and transaction markers leave them, so nothing
here is computed by counting.

Pure and single-threaded: it belongs to the thread that owns the consumer.
"""

from collections import deque
from enum import IntEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class LedgerError(Exception):
    """The ledger was asked for something that cannot be: a bug, never a matter of input."""


class EntryState(IntEnum):
    """How far an entry has come."""

    PENDING = 0
    FINISHED = 1
    RELEASED = 2
    DELIVERED = 3


class Entry(Generic[T]):
    """One frame's line in a ledger. Outlives the ledger: after a drop its updates do nothing."""

    __slots__ = ("_ledger", "_state", "item", "offset")

    def __init__(self, ledger: "PartitionLedger[T]", offset: int) -> None:
        self._ledger = ledger
        self._state = EntryState.PENDING
        self.offset = offset
        self.item: T | None = None

    @property
    def state(self) -> EntryState:
        """How far the entry has come."""
        return self._state

    @property
    def dropped(self) -> bool:
        """Whether the partition was taken away before the entry was delivered."""
        return self._ledger.dropped

    def finish(self, item: T) -> None:
        """Note the result. Does nothing when the entry was dropped."""
        if self.dropped:
            return
        self._advance(EntryState.FINISHED)
        self.item = item

    def deliver(self) -> None:
        """Note that all records of the entry are acknowledged. Does nothing when it was dropped."""
        if self.dropped:
            return
        self._advance(EntryState.DELIVERED)
        self.item = None
        self._ledger.advance_commit()

    def release(self) -> None:
        """Note that the entry was handed on; :meth:`PartitionLedger.release` calls it."""
        self._advance(EntryState.RELEASED)

    def _advance(self, to: EntryState) -> None:
        if to != self._state + 1:
            raise LedgerError(
                f"offset {self.offset} cannot go from {self._state.name} to {to.name}"
            )
        self._state = to


class PartitionLedger(Generic[T]):
    """All entries of one partition for one assignment of it.

    Args:
        start: The offset that the assignment starts from, where it is known before the first entry.
    """

    def __init__(self, start: int | None = None) -> None:
        self._start = start
        self._waiting: deque[Entry[T]] = deque()  # pending and finished, in source order
        self._released: deque[Entry[T]] = deque()  # released and delivered, in source order
        self._last_added: int | None = None
        self._committable: int | None = None
        self._committed: int | None = None
        self._reached: int | None = None
        self.dropped = False

    def __len__(self) -> int:
        """Entries that are not yet delivered, or delivered behind one that is not."""
        return len(self._waiting) + len(self._released)

    @property
    def committable(self) -> int | None:
        """What to commit: one past the contiguous delivered prefix; None where there is none."""
        return self._committable

    @property
    def committed(self) -> int | None:
        """The offset whose commit was acknowledged last."""
        return self._committed

    @property
    def position(self) -> int | None:
        """The offset before which all is delivered: that to commit, or else where it began.

        What is no message (a transaction's marker) counts as delivered once it is passed.
        """
        known = self._start if self._committable is None else self._committable
        head = self.head
        if self._reached is None or (head is not None and head.offset < self._reached):
            return known
        return max(known or 0, self._reached)

    @property
    def passed(self) -> int | None:
        """The position, where it is past all that is committed or was a message.

        None where there is nothing to commit but what :attr:`committable` says.
        """
        known = max(filter(None, (self._start, self._committable, self._committed)), default=0)
        if self._start is None or self.position is None or self.position <= known:
            return None
        return self.position

    @property
    def last_added(self) -> int | None:
        """The highest offset taken in; None before the first."""
        return self._last_added

    @property
    def next_offset(self) -> int | None:
        """The offset behind the last that was taken in, or where it began; None if neither is."""
        return self.position if self._last_added is None else self._last_added + 1

    @property
    def uncommitted(self) -> bool:
        """Whether there is progress whose commit was not acknowledged."""
        return self._committable is not None and self._committable > (self._committed or 0)

    @property
    def head(self) -> "Entry[T] | None":
        """The oldest entry that is not delivered; None where there is none."""
        for entries in (self._released, self._waiting):
            if entries:
                return entries[0]
        return None

    def add(self, offset: int) -> Entry[T]:
        """Open a line for the message at ``offset``.

        Raises:
            LedgerError: If the ledger was dropped or ``offset`` is not above the one before.
        """
        if self.dropped:
            raise LedgerError("the partition was taken away")
        if self._last_added is not None and offset <= self._last_added:
            raise LedgerError(f"offset {offset} came after {self._last_added}")
        if self._start is None:
            self._start = offset
        if self._reached is not None and offset < self._reached:
            self._reached = None  # of a topic that was made anew since
        self._last_added = offset
        entry = Entry(self, offset)
        self._waiting.append(entry)
        return entry

    def begin(self, offset: int) -> None:
        """Note where the assignment starts from, unless that is known already."""
        if self._start is None:
            self._start = offset

    def reach(self, offset: int) -> None:
        """Note that every message before ``offset`` was added: the reader is at the end there."""
        self._reached = offset

    def release(self) -> list[Entry[T]]:
        """The finished entries with no unfinished one before them, in source order, each once."""
        ready: list[Entry[T]] = []
        while self._waiting and self._waiting[0].state is EntryState.FINISHED:
            entry = self._waiting.popleft()
            entry.release()
            self._released.append(entry)
            ready.append(entry)
        return ready

    def advance_commit(self) -> None:
        """Move the offset to commit over the delivered prefix; :meth:`Entry.deliver` calls it."""
        while self._released and self._released[0].state is EntryState.DELIVERED:
            self._committable = self._released.popleft().offset + 1

    def note_committed(self, offset: int) -> None:
        """Note an acknowledged commit.

        One that comes late changes nothing: an older offset of this assignment, or one that an
        earlier assignment of the partition asked for.
        """
        if (self._committable is None and self._reached is None) or offset > (self.position or 0):
            return
        if self._committed is None or offset > self._committed:
            self._committed = offset

    def drop(self) -> int:
        """Give the partition up: every entry is void from now on.

        Returns:
            How many entries were not delivered.
        """
        lost = len(self._waiting) + sum(
            entry.state is not EntryState.DELIVERED for entry in self._released
        )
        self.dropped = True
        self._waiting.clear()
        self._released.clear()
        return lost
