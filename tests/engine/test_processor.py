"""Results in, passages and alerts out: without an engine and without a broker."""

from typing import Any

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import result_record
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.schemas import SchemaName
from platestream.engine.processor import ResultProcessor
from platestream.engine.records import EngineRecord, read_result
from platestream.engine.settings import EngineSettings
from platestream.hotlists.entry import HotlistEntry
from platestream.hotlists.hotlist import Hotlist
from platestream.passages.settings import PassageSettings
from platestream.telemetry.engine_metrics import EngineMetrics
from tests.engine.samples import MODEL, START, STORE, opened, reading, result

Json = dict[str, Any]


class Camera:
    """One camera and the whole of what is made of its results."""

    def __init__(self, *listed: HotlistEntry, restore: bool = False, **settings: Any) -> None:
        self.hotlist = Hotlist(0.01)
        for entry in listed:
            self.hotlist.put(entry)
        self.metrics = EngineMetrics()
        self.now = START / 1000 + 0.5
        self.processor = ResultProcessor(
            settings=EngineSettings(**settings),
            tracking=PassageSettings(),
            hotlist=self.hotlist,
            store=STORE,
            metrics=self.metrics,
            clock=lambda: self.now,
        )
        self.memory = self.processor.new_memory("gate")
        self.restore = restore
        self.records: list[EngineRecord] = []

    def take(self, record: Json) -> None:
        if self.restore:
            self.memory = self.processor.restored(self.memory.to_bytes())
        self.records += self.processor.take(record, self.memory)

    def out(self, schema: SchemaName) -> list[Json]:
        return [opened(schema, each.value) for each in self.records if each.schema is schema]

    def end(self) -> None:
        self.records += self.processor.end(self.memory)


def listed(number: str, **more: Any) -> HotlistEntry:
    return HotlistEntry(**{"entry_id": number, "plate_number": number, **more})


@pytest.mark.parametrize("restore", [False, True])
def test_frames_without_plates_are_the_clock_that_ends_a_passage(restore: bool) -> None:
    camera = Camera(restore=restore)
    for number in range(8):
        camera.take(result("gate", number, reading(x=100 + 10 * number)))
    assert camera.records == []
    for number in range(8, 60):
        camera.take(result("gate", number))
    (passage,) = camera.out(SchemaName.PASSAGE)
    assert passage["plate"]["plate_number"] == "AB12345"
    assert (passage["looks"], passage["dwell_ms"]) == (8, 1400)
    assert (passage["first_seen"], passage["last_seen"]) == (START, START + 1400)
    assert passage["complete"] is True
    assert passage["model"] == {"name": "base", "version": "1"}
    assert passage["best_shot"]["source"]["topic"] == "frames"
    (record,) = camera.records
    assert record.key == b"gate"
    headers = dict(record.headers)
    assert headers["schema"] == b"io.platestream.v1.Passage"
    assert headers["passage_id"].decode() == passage["passage_id"]


def test_a_camera_that_falls_silent_is_ended_with_the_same_passage() -> None:
    silent, going_on = Camera(), Camera()
    for number in range(8):
        for camera in (silent, going_on):
            camera.take(result("gate", number, reading(x=100 + 10 * number)))
    silent.end()
    for number in range(8, 60):
        going_on.take(result("gate", number))
    assert silent.records == going_on.records
    value = silent.metrics.registry.get_sample_value
    assert value("platestream_passages_total", {"ended_by": "idle"}) == 1
    assert value("platestream_passages_total", {"ended_by": "passed"}) == 0


def test_repeats_and_failed_frames_change_nothing() -> None:
    once, twice = Camera(), Camera()
    failure = FrameError(ErrorCode.TIMEOUT)
    frame = Frame(
        frame_id="gate/x",
        camera_id="gate",
        captured_at=START + 900,
        source=SourceRef("frames", 0, 99),
        attributes={},
    )
    failed = result_record(frame, failure, MODEL, START + 950)
    for number in range(60):
        record = result("gate", number, *([reading()] if number < 5 else []))
        once.take(record)
        twice.take(record)
        if number < 20:
            twice.take(record)
        if number == 5:
            twice.take(failed)
    assert once.records == twice.records
    assert len(once.records) == 1
    value = twice.metrics.registry.get_sample_value
    assert value("platestream_engine_results_total", {"outcome": "failed"}) == 1


@pytest.mark.parametrize("restore", [False, True])
def test_a_listed_vehicle_is_told_at_its_first_look_and_once(restore: bool) -> None:
    entry = listed("AB12345", reason="stolen", owner="police", region="cn")
    camera = Camera(entry, restore=restore)
    for number in range(20):
        camera.take(result("gate", number, reading()))
    (alert,) = camera.out(SchemaName.ALERT)
    assert alert["captured_at"] == START
    assert alert["alerted_at"] == START + 500
    assert alert["match"] == "exact"
    assert alert["probability"] == 0.95
    assert (alert["reason"], alert["owner"], alert["region"]) == ("stolen", "police", "cn")
    assert alert["event_id"] == result("gate", 0, reading())["details"][0]["event_id"]
    assert dict(camera.records[0].headers)["alert_id"].decode() == alert["alert_id"]
    value = camera.metrics.registry.get_sample_value
    assert value("platestream_alert_latency_seconds_sum") == pytest.approx(0.5)


def test_it_is_told_again_when_it_comes_back_after_the_quiet_time() -> None:
    camera = Camera(listed("AB12345"), alert_quiet_seconds=10)
    for number in (0, 40, 80, 131):  # 8 s apart, and 10.2 s
        camera.take(result("gate", number, reading()))
    assert [a["captured_at"] for a in camera.out(SchemaName.ALERT)] == [START, START + 26_200]


def test_a_near_match_is_told_and_then_the_exact_one() -> None:
    camera = Camera(listed("AB1234B"))
    camera.take(result("gate", 0, reading("AB12348", confidence=0.4)))
    camera.take(result("gate", 1, reading("AB1234B", confidence=0.9)))
    camera.take(result("gate", 2, reading("AB12348", confidence=0.4)))
    near, exact = camera.out(SchemaName.ALERT)
    assert (near["match"], exact["match"]) == ("near", "exact")
    assert 0.01 <= near["probability"] < 0.4
    assert near["plate"]["plate_number"] == "AB12348"
    assert near["listed"] == "AB1234B"


def test_a_pattern_is_told_for_each_number() -> None:
    camera = Camera(listed("AB*"))
    for number, plate in enumerate(("AB111", "AB222", "AB111", "CD111")):
        camera.take(result("gate", number, reading(plate)))
    told = [alert["plate"]["plate_number"] for alert in camera.out(SchemaName.ALERT)]
    assert told == ["AB111", "AB222"]


def test_an_entry_that_comes_while_the_vehicle_is_in_view_counts_at_the_next_frame() -> None:
    camera = Camera()
    camera.take(result("gate", 0, reading()))
    camera.hotlist.put(listed("AB12345"))
    camera.take(result("gate", 1, reading()))
    camera.hotlist.remove("AB12345")
    camera.take(result("gate", 500, reading()))
    (alert,) = camera.out(SchemaName.ALERT)
    assert alert["captured_at"] == START + 200


def test_results_of_older_versions_give_passages_with_ids_of_their_own() -> None:
    record = {**result("gate", 3, reading(), reading(x=300)), "details": []}
    read = read_result(record)
    ids = {sighting.event_id for sighting in read.frame.sightings}
    assert len(ids) == 2
    assert read.characters == ((), ())
    assert {s.event_id for s in read_result(record).frame.sightings} == ids


def test_what_was_told_is_bounded() -> None:
    camera = Camera(listed("AB*"))
    for number in range(600):
        camera.take(result("gate", number, reading(f"AB{number:05}"), interval_ms=1))
    assert len(camera.memory.alerts.told) <= 256
    camera.take(result("gate", 10_000))
    assert camera.memory.alerts.told == {}
