from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.cli.demo.tally import Tally


def result(frame_id: str, plates: int | None) -> dict[str, Any]:
    return {"frame_id": frame_id, "result": None if plates is None else [{}] * plates}


def plate(frame_id: str, index: int) -> dict[str, Any]:
    return {"frame_id": frame_id, "event_id": f"{frame_id}/{index}", "plate_index": index}


def finished(ends: list[int | None]) -> Tally:
    """A tally of frames that all ended well: with that many plates, or failed (None)."""
    tally = Tally()
    for number, plates in enumerate(ends):
        frame_id = f"f{number}"
        tally.note_sent(frame_id, 0, 100, at=float(number))
        tally.note_result(result(frame_id, plates), at=number + 0.25)
        if plates is None:
            tally.note_failure({"frame_id": frame_id})
        for index in range(plates or 0):
            tally.note_plate(plate(frame_id, index))
    return tally


def test_the_figures_of_a_known_run() -> None:
    tally = finished([2, 0, None, 1])
    found = tally.summary()
    assert found["produced"] == 4
    assert found["with_plates"] == 2
    assert found["empty"] == 1
    assert found["failed"] == 1
    assert found["lost"] == found["repeated"] == 0
    assert [event["event_id"] for event in found["plates"]] == ["f0/0", "f0/1", "f3/0"]
    assert found["latency_ms"] == {"p50": 250.0, "p99": 250.0}
    assert found["frames_per_second"] == pytest.approx(4 / 3.25)
    assert tally.discrepancies() == []
    assert tally.is_complete(4)
    assert not tally.is_complete(5)


ends = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=30)


@given(ends, st.data())
def test_every_frame_is_counted_once_whatever_is_missing(
    plan: list[int | None], data: st.DataObject
) -> None:
    whole = finished(plan)
    tally = Tally(sent=dict(whole.sent))
    arrived = data.draw(st.lists(st.sampled_from(list(whole.results.values())), max_size=60))
    for record in arrived:
        tally.note_result(record, at=99.0)
    found = tally.summary()
    counted = found["with_plates"] + found["empty"] + found["failed"] + found["lost"]
    assert counted == found["produced"] == len(plan)
    assert found["repeated"] == len(arrived) - len({record["frame_id"] for record in arrived})


def test_a_lost_frame_is_reported_and_never_complete() -> None:
    tally = finished([1])
    tally.note_sent("gone", 0, 100, at=1.0)
    assert not tally.is_complete(2)
    assert tally.summary()["lost"] == 1
    assert tally.discrepancies() == ["1 frames without a result"]
    assert tally.frames_in_flight == 1
    assert tally.bytes_in_flight == 100


def test_a_repeat_counts_once_and_is_reported() -> None:
    tally = finished([1])
    tally.note_plate(plate("f0", 0))
    tally.note_result(result("f0", 1), at=9.0)
    assert len(tally.summary()["plates"]) == 1
    assert tally.latencies["f0"] == 0.25
    assert tally.discrepancies() == ["2 records delivered twice"]


def test_a_missing_plate_event_is_waited_for_and_reported() -> None:
    tally = Tally()
    tally.note_sent("f0", 0, 1, at=0.0)
    tally.note_result(result("f0", 2), at=1.0)
    tally.note_plate(plate("f0", 0))
    assert not tally.is_complete(1)
    assert len(tally.discrepancies()) == 1
    tally.note_plate(plate("f0", 1))
    assert tally.is_complete(1)
    assert tally.discrepancies() == []


def test_topics_that_contradict_each_other_are_reported() -> None:
    tally = Tally()
    tally.note_sent("f0", 0, 1, at=0.0)
    tally.note_result(result("f0", 1), at=1.0)
    tally.note_plate(plate("f0", 0))
    tally.note_failure({"frame_id": "f0"})
    assert tally.discrepancies() == ["1 frames whose result and events contradict each other"]


def test_records_of_nobody_are_reported() -> None:
    tally = Tally()
    tally.note_plate(plate("stranger", 0))
    assert tally.discrepancies() == ["1 records of unknown frames"]
    assert tally.summary()["plates"] == []


def test_nothing_at_all_has_no_latency() -> None:
    found = Tally().summary()
    assert found["latency_ms"] == {"p50": None, "p99": None}
    assert found["frames_per_second"] == 0
