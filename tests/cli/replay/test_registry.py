"""A replay and the schema registry: it asks for schemas by id, and writes nothing."""

import json
from typing import Any

import pytest

from platestream.bus.registry import open_schema_store
from platestream.contract.avro import encode
from platestream.contract.schemas import SchemaName
from platestream.telemetry.metrics import Metrics
from tests.bus.harness import Bench
from tests.bus.messages import STORE, FrameMessage
from tests.bus.registry.stub import stub
from tests.bus.registry.variants import impatient, versions
from tests.cli.conftest import Cli
from tests.cli.replay.acts import dead_letter, flags, let_fail, put_failure, read_frames, replay
from tests.stream.fakes import picture


@pytest.mark.parametrize("arguments", [("--dry-run",), ()])
def test_nothing_is_registered(cli: Cli, bench: Bench, arguments: tuple[str, ...]) -> None:
    dead_letter(bench, 1, payload=picture(6))
    with stub() as registry:
        _, summary = replay(cli, bench, "--set", f"registry.url={registry.url}", *arguments)
        assert registry.requests == []
    assert summary["replayed"] == 1


def test_records_of_a_registry_are_read_and_the_registry_is_left_as_it_is(
    cli: Cli, bench: Bench, schema_registry: str
) -> None:
    topics = {SchemaName.FRAME_EVENT: bench.topics.frames, SchemaName.PLATE_EVENT: "p",
              SchemaName.FRAME_FAILURE: bench.topics.failures}  # fmt: skip
    frame = {"frame_id": "f", "camera_id": "c", "captured_at": 1_700_000_000_000,
             "image": picture(6), "url": None, "attributes": {}}  # fmt: skip
    settings = impatient(schema_registry, subject_strategy="topic_record_name")
    with open_schema_store(settings, topics, Metrics()) as store:
        bench.produce([FrameMessage(encode(SchemaName.FRAME_EVENT, frame, store))], partition=0)
        failure = {
            "error_code": "AIS.0103", "error_msg": "", "payload": None, "attributes": {},
            "frame_id": "f", "camera_id": "c", "captured_at": 1_700_000_000_000,
            "failed_at": 2_000_000_000_000,
            "source": {"topic": bench.topics.frames, "partition": 0, "offset": 0},
        }  # fmt: skip
        put_failure(bench, encode(SchemaName.FRAME_FAILURE, failure, store))
    code, summary = replay(cli, bench, "--set", f"registry.url={schema_registry}")
    assert (code, summary["replayed"]) == (0, 1)
    assert versions(schema_registry, f"{bench.topics.failures}-value") == []


def test_without_the_registry_the_message_says_what_to_do(cli: Cli, bench: Bench) -> None:
    for _ in range(3):
        put_failure(bench, b"\0\0\0\0\7" + bytes(40))
    put_failure(bench, b"garbage")
    ran = cli("replay", *flags(bench))
    assert ran.code == 1
    assert "3 records name a schema that is not known without a registry" in ran.out
    assert "--set registry.url=URL" in ran.out
    assert "1 records are no FrameFailure" in ran.out
    summary = json.loads(cli("replay", *flags(bench), "--json").out)
    assert (summary["unreadable"], summary["unknown_schemas"]) == (4, 3)


def test_a_registry_that_is_away_for_a_moment_is_waited_for(cli: Cli, bench: Bench) -> None:
    put_failure(bench, b"\0\0\0\0\7" + bytes(40))
    away: tuple[int, Any] = (503, {})
    unknown = (404, {"error_code": 40403, "message": "Schema not found"})
    with stub(away, away, unknown) as registry:
        code, summary = replay(
            cli, bench, "--set", f"registry.url={registry.url}",
            "--set", "registry.outage_pause_seconds=0",
        )  # fmt: skip
        assert len(registry.requests) == 3
    assert (code, summary["unknown_schemas"]) == (1, 1)


def test_a_service_without_a_registry_needs_none(cli: Cli, bench: Bench) -> None:
    bench.produce([FrameMessage(encode(SchemaName.FRAME_EVENT, {
        "frame_id": "f", "camera_id": "c", "captured_at": 1_700_000_000_000,
        "image": picture(6), "url": None, "attributes": {},
    }, STORE))], partition=0)  # fmt: skip
    let_fail(bench, 1)
    assert replay(cli, bench)[0] == 0
    (plate,) = read_frames(bench, 1)
    assert plate["frame_id"] == "f"
