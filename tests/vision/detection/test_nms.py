import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.arrays import Float32Array
from platestream.vision.detection.nms import sound_quads, suppress


def box(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def quads(*items: list[list[float]]) -> Float32Array:
    return np.array(items, np.float32).reshape(-1, 4, 2)


@pytest.mark.parametrize(
    ("quad", "sound"),
    [
        (box(0, 0, 40, 12), True),
        ([[10, 0], [50, 8], [48, 20], [8, 12]], True),
        (box(0, 0, 3, 3), False),
        (box(5, 5, 5, 5), False),
        ([[0, 0], [40, 0], [0, 12], [40, 12]], False),  # crosses itself
        ([[0, 0], [40, 0], [10, 4], [0, 12]], False),  # dented
        (box(0, 0, 40, 12)[::-1], False),  # anticlockwise: seen from behind
        ([[0, 0], [20, 0], [40, 0], [20, 12]], False),  # a triangle
        ([[0, 0], [float("nan"), 0], [40, 12], [0, 12]], False),
        ([[0, 0], [float("inf"), 0], [40, 12], [0, 12]], False),
        (box(0, 0, 1e20, 12), False),
    ],
)
def test_only_real_outlines_are_sound(quad: list[list[float]], *, sound: bool) -> None:
    assert sound_quads(quads(quad)).tolist() == [sound]


def test_soundness_of_none_and_of_many() -> None:
    assert sound_quads(quads()).tolist() == []
    assert sound_quads(quads(box(0, 0, 40, 12), box(0, 0, 1, 1))).tolist() == [True, False]


def test_the_best_of_overlapping_quads_stays() -> None:
    corners = quads(box(0, 0, 40, 12), box(2, 1, 42, 13), box(200, 0, 240, 12))
    scores = np.array([0.7, 0.9, 0.5], np.float32)
    assert suppress(corners, scores, iou=0.4, keep=10).tolist() == [1, 2]


def test_the_threshold_decides() -> None:
    corners = quads(box(0, 0, 40, 10), box(20, 0, 60, 10))  # a third of the union is shared
    scores = np.array([0.9, 0.8], np.float32)
    assert suppress(corners, scores, iou=0.3, keep=10).tolist() == [0]
    assert suppress(corners, scores, iou=0.4, keep=10).tolist() == [0, 1]


def test_a_part_of_a_better_plate_goes() -> None:
    corners = quads(box(0, 0, 60, 20), box(2, 10, 30, 19), box(40, 0, 100, 20))
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    assert suppress(corners, scores, iou=0.4, keep=10).tolist() == [0, 2]


def test_at_most_so_many_stay() -> None:
    corners = quads(*[box(100 * i, 0, 100 * i + 40, 12) for i in range(5)])
    scores = np.array([0.5, 0.9, 0.6, 0.8, 0.7], np.float32)
    assert suppress(corners, scores, iou=0.4, keep=3).tolist() == [1, 3, 4]


def test_equal_scores_keep_their_order() -> None:
    corners = quads(box(0, 0, 40, 12), box(0, 0, 40, 12))
    assert suppress(corners, np.array([0.9, 0.9], np.float32), iou=0.4, keep=9).tolist() == [0]


def test_nothing_in_nothing_out() -> None:
    assert suppress(quads(), np.zeros(0, np.float32), iou=0.4, keep=9).tolist() == []


boxes = st.tuples(
    st.integers(0, 200), st.integers(0, 200), st.integers(1, 80), st.integers(1, 80)
).map(lambda b: box(b[0], b[1], b[0] + b[2], b[1] + b[3]))


def one_plate(a: Float32Array, b: Float32Array) -> bool:
    low, high = np.maximum(a.min(0), b.min(0)), np.minimum(a.max(0), b.max(0))
    inter = float(np.prod(np.clip(high - low, 0, None)))
    areas = [float(np.prod(q.max(0) - q.min(0))) for q in (a, b)]
    return inter > 0.4 * (sum(areas) - inter) or inter > 0.75 * min(areas)


@given(st.lists(st.tuples(boxes, st.floats(0.125, 1, width=32)), max_size=30))
def test_kept_ones_differ_and_dropped_ones_are_covered(
    items: list[tuple[list[list[float]], float]],
) -> None:
    corners = quads(*[item[0] for item in items])
    scores = np.array([item[1] for item in items], np.float32)
    kept = suppress(corners, scores, iou=0.4, keep=100).tolist()
    for place, index in enumerate(kept):
        assert not any(one_plate(corners[index], corners[other]) for other in kept[:place])
    for index in set(range(len(items))) - set(kept):
        better = [k for k in kept if scores[k] >= scores[index]]
        assert any(one_plate(corners[index], corners[k]) for k in better)
