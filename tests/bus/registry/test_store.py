"""The store against a registry in trouble: retries, pauses, what is remembered."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from platestream.bus.registry import (
    RegistryError,
    RegistrySchemaStore,
    RegistrySettings,
    RegistryUnavailableError,
    open_schema_store,
)
from platestream.bus.registry.client import RegistryClient
from platestream.contract.avro import (
    LocalSchemaStore,
    UnknownSchemaError,
    decode,
    encode,
    local_schema_id,
)
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.schemas import SchemaName
from platestream.telemetry.metrics import Metrics
from tests.bus.registry.stub import NOT_FOUND, Stub, stub
from tests.bus.registry.variants import frame_event, message, record_of

TOPICS = {SchemaName.FRAME_EVENT: "frames", SchemaName.PLATE_EVENT: "plates"}
DOWN = (503, b"")


@contextmanager
def store_of(server: Stub, **more: Any) -> Iterator[RegistrySchemaStore]:
    settings = RegistrySettings(url=server.url, **{"mode": "off", **more})
    store = RegistrySchemaStore(settings, TOPICS, RegistryClient(settings, Metrics()))
    try:
        yield store
    finally:
        store.close()


def answer_of(schema: dict[str, Any], **more: Any) -> tuple[int, Any]:
    return 200, {"schema": json.dumps(schema), **more}


def test_without_a_url_ids_are_local() -> None:
    with open_schema_store(RegistrySettings(), TOPICS, Metrics()) as store:
        assert isinstance(store, LocalSchemaStore)


def test_a_registry_that_comes_up_during_the_start_is_waited_for() -> None:
    up = [(200, {"id": 11, "version": 1})]
    answers = [DOWN, DOWN, *up]
    with stub(*answers) as server, store_of(server, mode="require") as store:
        store.prepare()

        assert store.schema_id(SchemaName.PLATE_EVENT) == 11
        assert store.schema_id(SchemaName.FRAME_EVENT) == 11


def test_a_registry_that_stays_away_is_named_after_the_budget() -> None:
    with stub(DOWN) as server:
        settings = RegistrySettings(url=server.url, start_seconds=1.5)
        with (
            pytest.raises(RegistryUnavailableError, match=r"within 1\.5 s") as raised,
            open_schema_store(settings, TOPICS, Metrics()),
        ):
            pass

    assert server.url in str(raised.value)
    assert len(server.requests) > 1


def test_a_refusal_is_not_retried() -> None:
    with stub((401, b"")) as server, store_of(server, mode="auto") as store:
        with pytest.raises(RegistryError, match="credentials"):
            store.prepare()

        assert len(server.requests) == 1


def test_a_schema_that_nobody_made_sure_of_has_no_id() -> None:
    with (
        stub() as server,
        store_of(server, mode="auto") as store,
        pytest.raises(RegistryError, match="FrameResult"),
    ):
        store.schema_id(SchemaName.FRAME_RESULT)


def test_off_asks_nothing_at_start_and_writes_local_ids() -> None:
    with stub(DOWN) as server, store_of(server) as store:
        store.prepare()

        assert store.schema_id(SchemaName.PLATE_EVENT) == local_schema_id(SchemaName.PLATE_EVENT, 2)
        assert not server.requests


def test_frames_with_local_ids_need_no_registry() -> None:
    value = encode(SchemaName.FRAME_EVENT, record_of("a"), LocalSchemaStore())
    with stub(DOWN) as server, store_of(server) as store:
        assert decode(value, SchemaName.FRAME_EVENT, store)["frame_id"] == "a"
        assert not server.requests


def test_local_ids_are_asked_for_where_they_are_not_accepted() -> None:
    value = encode(SchemaName.FRAME_EVENT, record_of("a"), LocalSchemaStore())
    with stub() as server, store_of(server, accept_local_ids=False) as store:
        with pytest.raises(FrameError, match="is not known"):
            decode(value, SchemaName.FRAME_EVENT, store)

        assert len(server.requests) == 1


def test_a_schema_is_fetched_once() -> None:
    with stub(answer_of(frame_event()), DOWN) as server, store_of(server) as store:
        first = store.writer(7)

        assert store.writer(7) is first
        assert len(server.requests) == 1


def test_the_least_used_foreign_schema_makes_room() -> None:
    with stub(answer_of(frame_event())) as server, store_of(server, cached_schemas=2) as store:
        for schema_id in (1, 2, 1, 3, 1):
            store.writer(schema_id)
        assert len(server.requests) == 3

        store.writer(2)
        assert len(server.requests) == 4


def test_an_unknown_id_stays_unknown_for_a_while() -> None:
    with stub() as server, store_of(server) as store:
        for _ in range(3):
            with pytest.raises(UnknownSchemaError):
                store.writer(7)

        assert len(server.requests) == 1


def test_an_unknown_id_is_asked_for_again_later() -> None:
    answers = [NOT_FOUND, answer_of(frame_event())]
    with stub(*answers) as server, store_of(server, unknown_id_seconds=0) as store:
        with pytest.raises(UnknownSchemaError):
            store.writer(7)

        assert store.writer(7).fullname == "io.platestream.v1.FrameEvent"


def test_ids_that_senders_make_up_do_not_fill_the_memory() -> None:
    with stub() as server, store_of(server) as store:
        for schema_id in range(1, 1100):
            with pytest.raises(UnknownSchemaError):
                store.writer(schema_id)

        assert len(store._unknown) == 1024


def test_an_id_beyond_every_registry_is_unknown_without_asking() -> None:
    with stub(DOWN) as server, store_of(server) as store:
        with pytest.raises(UnknownSchemaError):
            store.writer(2**32 - 1)

        assert not server.requests


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {"schema": "{}", "schemaType": "JSON"}), "is not an Avro schema"),
        ((200, {"schema": "not JSON"}), "cannot be read"),
        ((200, {"schema": '"string"'}), "cannot be read"),
        ((200, {"schema": '{"type":"record","name":"A","fields":7}'}), "cannot be read"),
        ((200, {"schema": '{"type":' * 5000 + "1" + "}" * 5000}), "cannot be read"),
        (answer_of(frame_event(), references=[{"name": "X"}]), "refers to other schemas"),
        ((200, {"schema": "x" * 1_100_000}), "is too large"),
    ],
)
def test_a_schema_that_cannot_be_used_is_the_frames_fault(
    answer: tuple[int, Any], says: str
) -> None:
    value = message(7, frame_event(), {})
    with stub(answer) as server, store_of(server) as store:
        for _ in range(2):
            with pytest.raises(FrameError, match=f"id 7 {says}") as raised:
                decode(value, SchemaName.FRAME_EVENT, store)
            assert raised.value.code is ErrorCode.INVALID_PARAMETER

        assert len(server.requests) == 1  # an id never changes its meaning


@pytest.mark.parametrize("answer", [DOWN, (401, b""), (404, b"nginx"), (200, b"<html>")])
def test_a_registry_in_trouble_is_not_the_frames_fault(answer: tuple[int, Any]) -> None:
    value = message(7, frame_event(), {})
    with (
        stub(answer) as server,
        store_of(server) as store,
        pytest.raises(RegistryUnavailableError) as raised,
    ):
        decode(value, SchemaName.FRAME_EVENT, store)

    assert raised.value.transient
    assert raised.value.retry_after == 1.0
    assert "schema id 7" in str(raised.value)


def test_an_outage_is_not_asked_about_for_every_frame() -> None:
    with stub(DOWN) as server, store_of(server, outage_pause_seconds=60) as store:
        for schema_id in (7, 7, 8):
            with pytest.raises(RegistryUnavailableError) as raised:
                store.writer(schema_id)

    assert len(server.requests) == 1
    assert 0 < raised.value.retry_after <= 60


def test_the_end_of_an_outage_is_noticed() -> None:
    answers = [DOWN, answer_of(frame_event())]
    with stub(*answers) as server, store_of(server, outage_pause_seconds=0) as store:
        with pytest.raises(RegistryUnavailableError):
            store.writer(7)

        assert store.writer(7).fullname == "io.platestream.v1.FrameEvent"
