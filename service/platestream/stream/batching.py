"""Micro-batches: bounded in size and in the wait of each item. Pure; time is passed in."""

from typing import Final, Generic, TypeVar

T = TypeVar("T")

_NEVER: Final = float("inf")


class MicroBatcher(Generic[T]):
    """Gathers items until a batch is full or one of its items has waited long enough.

    Args:
        max_items: Most items in a batch.
    """

    def __init__(self, max_items: int) -> None:
        if max_items < 1:
            raise ValueError("a batch needs room for an item")
        self._max_items = max_items
        self._items: list[T] = []
        self._due_at = _NEVER

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: T, now: float, max_age: float) -> None:
        """Put ``item`` into the batch, to go after ``max_age`` seconds at the latest.

        Raises:
            OverflowError: If the batch is full; :meth:`take` it first.
        """
        if self.full:
            raise OverflowError("the batch is full")
        self._due_at = min(self._due_at, now + max_age)
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
            return _NEVER
        return max(0.0, self._due_at - now)

    def take(self) -> list[T]:
        """The items, in the order they came; the batch is empty after."""
        items, self._items = self._items, []
        self._due_at = _NEVER
        return items
