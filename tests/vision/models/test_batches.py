import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.models.batches import Batch, Batching, batching_for

BUCKETS = (1, 2, 4, 8)


@pytest.mark.parametrize(
    ("count", "pad", "expected"),
    [
        (0, True, []),
        (1, True, [Batch(0, 1, 1)]),
        (3, True, [Batch(0, 3, 4)]),
        (3, False, [Batch(0, 2, 2), Batch(2, 3, 1)]),
        (8, True, [Batch(0, 8, 8)]),
        (11, True, [Batch(0, 8, 8), Batch(8, 11, 4)]),
        (13, False, [Batch(0, 8, 8), Batch(8, 12, 4), Batch(12, 13, 1)]),
    ],
)
def test_examples(count: int, *, pad: bool, expected: list[Batch]) -> None:
    assert list(Batching(BUCKETS, pad=pad).plan(count)) == expected


@given(
    st.integers(0, 300),
    st.sets(st.integers(2, 64), max_size=5).map(lambda sizes: (1, *sorted(sizes))),
    st.booleans(),
)
def test_every_item_is_in_exactly_one_batch(
    count: int, buckets: tuple[int, ...], pad: bool
) -> None:
    batches = list(Batching(buckets, pad=pad).plan(count))
    assert [i for b in batches for i in range(b.start, b.stop)] == list(range(count))
    assert all(b.size in buckets and b.stop - b.start <= b.size for b in batches)
    if not pad:
        assert all(b.stop - b.start == b.size for b in batches)


def test_a_cpu_takes_small_batches_and_no_padding() -> None:
    assert batching_for("CPUExecutionProvider", BUCKETS, most_on_cpu=3) == Batching(
        (1, 2), pad=False
    )
    assert batching_for("CUDAExecutionProvider", BUCKETS, most_on_cpu=3) == Batching(
        BUCKETS, pad=True
    )
