"""Cuts a number of items into batches of known sizes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """Items ``start`` to ``stop`` run as a batch of ``size``; the rest of it is padding."""

    start: int
    stop: int
    size: int


def plan_batches(count: int, buckets: Sequence[int], *, pad: bool) -> Iterator[Batch]:
    """Cut ``count`` items into batches whose sizes are all in ``buckets``.

    Args:
        count: Items, 0 or more.
        buckets: Allowed sizes, ascending, the first one 1.
        pad: Fill the last batch up to the next size (an accelerator computes a padded batch in
            about the time of a smaller one); otherwise cut it into smaller sizes (a CPU would pay
            for every padded row).
    """
    start = 0
    while start < count:
        left = count - start
        above = next((size for size in buckets if size >= left), buckets[-1])
        below = next(size for size in reversed(buckets) if size <= left)
        size = above if pad else below
        stop = min(count, start + size)
        yield Batch(start, stop, size)
        start = stop
