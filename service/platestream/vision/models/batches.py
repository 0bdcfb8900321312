"""Which batch sizes the models run with, and how a number of items is cut into them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from platestream.vision.models.providers import needs_fixed_shapes


@dataclass(frozen=True, slots=True)
class Batch:
    """Items ``start`` to ``stop`` run as a batch of ``size``; the rest of it is padding."""

    start: int
    stop: int
    size: int


@dataclass(frozen=True, slots=True)
class Batching:
    """How items are cut into batches.

    Attributes:
        sizes: Allowed batch sizes, ascending, the first one 1.
        pad: Fill the last batch up to the next size (an accelerator computes a padded batch in
            about the time of a smaller one); otherwise cut it into smaller sizes (a CPU would pay
            for every padded row).
    """

    sizes: tuple[int, ...]
    pad: bool

    def plan(self, count: int) -> Iterator[Batch]:
        """Cut ``count`` items, 0 or more, into batches of the allowed sizes."""
        start = 0
        while start < count:
            left = count - start
            above = next((size for size in self.sizes if size >= left), self.sizes[-1])
            below = next(size for size in reversed(self.sizes) if size <= left)
            size = above if self.pad else below
            stop = min(count, start + size)
            yield Batch(start, stop, size)
            start = stop


def batching_for(provider: str, buckets: Sequence[int], *, most_on_cpu: int) -> Batching:
    """Return how to batch on an execution provider.

    Args:
        provider: onnxruntime's name of it.
        buckets: The sizes that the settings allow.
        most_on_cpu: The largest of them that pays on a CPU. There, one item already uses all
            threads, and the activations of more items only fall out of its caches.
    """
    if needs_fixed_shapes(provider):
        return Batching(tuple(buckets), pad=True)
    return Batching(tuple(size for size in buckets if size <= most_on_cpu), pad=False)
