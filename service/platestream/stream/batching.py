"""Micro-batches: bounded in size and in the age of their first item. Pure; time is passed in."""

from typing import Generic, TypeVar

T = TypeVar("T")


class MicroBatcher(Generic[T]):
    """Gathers items until a batch is full or its first item has waited long enough.

    Args:
        max_items: Most items in a batch.
        max_age: Longest wait of a batch's first item, seconds.
    """

    def __init__(self, max_items: int, max_age: float) -> None:
        if max_items < 1 or max_age < 0:
            raise ValueError("a batch needs room for an item and an age that is not negative")
        self._max_items = max_items
        self._max_age = max_age
        self._items: list[T] = []
        self._first_at = 0.0

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: T, now: float) -> None:
        """Put ``item`` into the batch.

        Raises:
            OverflowError: If the batch is full; :meth:`take` it first.
        """
        if self.full:
            raise OverflowError("the batch is full")
        if not self._items:
            self._first_at = now
        self._items.append(item)

    @property
    def full(self) -> bool:
        """Whether there is no room for another item."""
        return len(self._items) >= self._max_items

    def due(self, now: float) -> bool:
        """Whether the batch should go now."""
        return self.full or (bool(self._items) and self.remaining(now) <= 0)

    def remaining(self, now: float) -> float:
        """Seconds until the batch is due by age (not negative); ``inf`` while it is empty."""
        if not self._items:
            return float("inf")
        return max(0.0, self._first_at + self._max_age - now)

    def take(self) -> list[T]:
        """The items, in the order they came; the batch is empty after."""
        items, self._items = self._items, []
        return items
