"""The audit finds what is wrong: a checker that cannot fail proves nothing."""

from typing import Any

import pytest

from tests.soak.audit import Audit, longest_gap, next_result, recovery
from tests.soak.plan import PlannedFrame, plan_frames

PLAN = [PlannedFrame("camera-00", n, bad=n == 2) for n in range(4)]


def result(number: int, plates: int | None = 1) -> dict[str, Any]:
    return {
        "frame_id": f"camera-00/{number:06d}",
        "camera_id": "camera-00",
        "result": None if plates is None else [{}] * plates,
        "source": {"topic": "frames", "partition": 3, "offset": number},
    }


def plate(number: int, index: int = 0, event: str = "") -> dict[str, Any]:
    return result(number) | {"plate_index": index, "event_id": event or f"{number}-{index}"}


@pytest.fixture
def audit() -> Audit:
    """Everything as it should be: frame 0 with two plates, 1 with none, 2 failed, 3 with one."""
    audit = Audit()
    for record in (result(0, 2), result(1, 0), result(2, None), result(3)):
        audit.result(record, 1.0, 1.0)
    for record in (plate(0), plate(0, 1), plate(3)):
        audit.plate(record)
    audit.failure(result(2))
    return audit


def test_a_clean_run_passes(audit: Audit) -> None:
    verdict = audit.verdict(PLAN)
    assert (verdict.frames, verdict.lost, verdict.doubled, verdict.out_of_order) == (4, 0, 0, 0)
    assert verdict.holds("exactly_once")


def test_a_frame_without_a_result_is_lost(audit: Audit) -> None:
    verdict = audit.verdict([*PLAN, PlannedFrame("camera-00", 4, bad=False)])
    assert verdict.lost == 1
    assert not verdict.holds("at_least_once")


@pytest.mark.parametrize("gone", ["plate", "failure"])
def test_a_missing_record_is_a_lost_frame(audit: Audit, gone: str) -> None:
    if gone == "plate":
        audit.frames["camera-00/000000"].plates.remove(1)
    else:
        audit.frames["camera-00/000002"].failures = 0
    assert audit.verdict(PLAN).lost == 1


def test_repeats_are_counted_and_forbidden_to_exactly_once_alone(audit: Audit) -> None:
    audit.result(result(1, 0), 2.0, 2.0)
    audit.result(result(3), 2.0, 2.0)
    audit.plate(plate(3))
    verdict = audit.verdict(PLAN)
    assert (verdict.doubled, verdict.doubled_records, verdict.out_of_order) == (2, 3, 0)
    assert verdict.holds("at_least_once")
    assert not verdict.holds("exactly_once")


def test_the_order_of_a_camera_is_checked() -> None:
    audit = Audit()
    for number in (0, 3, 1, 2):
        audit.result(result(number), 1.0, 1.0)
        audit.plate(plate(number))
    plan = [PlannedFrame("camera-00", n, bad=False) for n in range(4)]
    verdict = audit.verdict(plan)
    assert verdict.out_of_order == 4
    assert not verdict.holds("at_least_once")


@pytest.mark.parametrize("number", [1, 2, 9])
def test_answers_that_cannot_be_are_wrong(audit: Audit, number: int) -> None:
    match number:
        case 1:  # a good frame that failed
            audit.failure(result(1))
        case 2:  # a plate of a frame that failed
            audit.plate(plate(2))
        case 9:  # a frame that nobody sent
            audit.result(result(9), 1.0, 1.0)
    verdict = audit.verdict(PLAN)
    assert verdict.wrong == 1
    assert not verdict.holds("at_least_once")


def test_an_event_id_that_two_plates_share_is_wrong(audit: Audit) -> None:
    audit.frames["camera-00/000001"].answers = [1]
    audit.plate(plate(1, 0, event="3-0"))
    assert audit.verdict(PLAN).wrong == 1


def test_recovery_is_over_when_every_partition_gave_something_new() -> None:
    arrivals = [(0, 9.9, 10.1), (0, 10.2, 10.5), (1, 9.0, 10.6), (1, 11.0, 12.5), (0, 12.0, 13.0)]
    assert recovery(arrivals, 10.0, {0, 1}) == pytest.approx(2.5)
    assert recovery(arrivals, 10.0, {0}) == pytest.approx(0.5)
    assert recovery(arrivals, 10.0, {0, 2}) is None
    assert next_result(arrivals, 10.0) == pytest.approx(0.5)
    assert next_result(arrivals, 13.0) is None
    assert longest_gap(arrivals) == pytest.approx(1.9)


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    plan = plan_frames(1000, 32, 7)
    assert plan == plan_frames(1000, 32, 7) != plan_frames(1000, 32, 8)
    assert len({frame.frame_id for frame in plan}) == 1000
    assert 10 <= sum(frame.bad for frame in plan) <= 60
