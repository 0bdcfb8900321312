"""The store against a real registry: what is registered, checked, refused, and outlived."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from platestream.bus.registry import (
    IncompatibleSchemaError,
    RegistrySettings,
    RegistryUnavailableError,
    SchemaNotRegisteredError,
    SubjectStrategy,
    open_schema_store,
)
from platestream.contract.avro import SchemaStore, decode, encode
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import EventEncoder
from platestream.contract.frames import SourceRef
from platestream.contract.messages import RejectedFrameError, decode_frame
from platestream.contract.schemas import SchemaName, bundled_schemas
from platestream.telemetry.metrics import Metrics
from tests.bus.registry.variants import (
    FRAME_EVENT,
    NEWER,
    breaking_frame_event,
    frame_event,
    impatient,
    message,
    put,
    record_of,
    set_rule,
    topics,
    versions,
)
from tests.bus.registry.vendor import Vendor
from tests.clusters.registry import RegistryServer
from tests.clusters.requirement import real
from tests.contract.samples import MODEL, READING, frame

OLDER = frame_event(without=("url", "attributes"))


@contextmanager
def opened(
    url: str, of: dict[SchemaName, str] | None = None, **more: Any
) -> Iterator[tuple[SchemaStore, dict[SchemaName, str]]]:
    names = of or topics()
    with open_schema_store(impatient(url, **more), names, Metrics()) as store:
        yield store, names


def stored(url: str, subject: str, version: str = "latest") -> dict[str, Any]:
    answer = httpx.get(f"{url}/subjects/{subject}/versions/{version}", trust_env=False)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def test_auto_registers_what_is_missing(schema_registry: str) -> None:
    with opened(schema_registry) as (store, names):
        for name, topic in names.items():
            found = stored(schema_registry, f"{topic}-value")
            assert json.loads(found["schema"]) == bundled_schemas()[name].as_dict()
            assert store.schema_id(name) == found["id"]


def test_a_second_start_registers_nothing(schema_registry: str) -> None:
    with opened(schema_registry) as (first, names):
        pass
    for mode in ("auto", "require"):
        with opened(schema_registry, names, mode=mode) as (again, _):
            for name, topic in names.items():
                assert again.schema_id(name) == first.schema_id(name)
                assert versions(schema_registry, f"{topic}-value") == [1]


def test_a_schema_registered_in_another_formatting_is_found(schema_registry: str) -> None:
    names = {SchemaName.FRAME_EVENT: topics()[SchemaName.FRAME_EVENT]}
    subject = f"{names[SchemaName.FRAME_EVENT]}-value"
    theirs = put(schema_registry, subject, frame_event())  # json.dumps has no line breaks

    with opened(schema_registry, names, mode="require") as (store, _):
        assert store.schema_id(SchemaName.FRAME_EVENT) == theirs
    assert versions(schema_registry, subject) == [1]


def test_require_refuses_what_is_missing_and_registers_nothing(schema_registry: str) -> None:
    names = topics()
    with (
        pytest.raises(SchemaNotRegisteredError, match=f"{names[SchemaName.FRAME_EVENT]}-value"),
        opened(schema_registry, names, mode="require"),
    ):
        pass

    assert versions(schema_registry, f"{names[SchemaName.FRAME_EVENT]}-value") == []


@pytest.mark.parametrize("mode", ["auto", "require"])
def test_a_subject_that_ours_does_not_fit_is_refused(schema_registry: str, mode: str) -> None:
    names = topics()
    subject = f"{names[SchemaName.FRAME_EVENT]}-value"
    put(schema_registry, subject, breaking_frame_event())
    set_rule(schema_registry, subject, "FULL_TRANSITIVE")

    with (
        pytest.raises(IncompatibleSchemaError, match=f"{FRAME_EVENT}.*{subject}") as raised,
        opened(schema_registry, names, mode=mode),
    ):
        pass

    assert versions(schema_registry, subject) == [1]
    if mode == "auto":  # this registry gives its reasons when it refuses a registration
        assert "STRING not compatible" in str(raised.value)


@pytest.mark.parametrize("mode", ["auto", "require"])
def test_a_later_version_that_ours_does_not_fit_is_refused(schema_registry: str, mode: str) -> None:
    with opened(schema_registry) as (_, names):
        subject = f"{names[SchemaName.FRAME_EVENT]}-value"
    put(schema_registry, subject, breaking_frame_event())  # there is no rule yet
    set_rule(schema_registry, subject, "FULL_TRANSITIVE")

    with (
        pytest.raises(IncompatibleSchemaError, match=subject),
        opened(schema_registry, names, mode=mode),
    ):
        pass


def test_a_later_version_that_ours_fits_changes_nothing(schema_registry: str) -> None:
    with opened(schema_registry) as (first, names):
        subject = f"{names[SchemaName.FRAME_EVENT]}-value"
    set_rule(schema_registry, subject, "FULL_TRANSITIVE")
    newer = put(schema_registry, subject, NEWER)

    with opened(schema_registry, names) as (store, _):
        ours = store.schema_id(SchemaName.FRAME_EVENT)
    assert ours == first.schema_id(SchemaName.FRAME_EVENT) != newer
    assert versions(schema_registry, subject) == [1, 2]


@pytest.mark.parametrize(
    ("strategy", "named"),
    [
        ("topic_name", "{topic}-value"),
        ("record_name", "{record}"),
        ("topic_record_name", "{topic}-{record}"),
    ],
)
def test_subjects_follow_the_strategy(
    schema_registry: str, strategy: SubjectStrategy, named: str
) -> None:
    with opened(schema_registry, subject_strategy=strategy) as (store, names):
        for name, topic in names.items():
            subject = named.format(topic=topic, record=bundled_schemas()[name].fullname)
            assert stored(schema_registry, subject)["id"] == store.schema_id(name)


@pytest.mark.parametrize(
    ("writer", "record", "url"),
    [
        (NEWER, {"frame_id": "1", "url": "http://a/b", "lens": "wide", "gain": 2.0}, "http://a/b"),
        (OLDER, {"frame_id": "1", "image": b"\xff\xd8\xff"}, None),
    ],
)
def test_frames_of_other_versions_are_read(
    schema_registry: str, writer: dict[str, Any], record: dict[str, Any], url: str | None
) -> None:
    with opened(schema_registry) as (store, names):
        subject = f"{names[SchemaName.FRAME_EVENT]}-value"
        theirs = put(schema_registry, subject, writer)
        read = _decoded(message(theirs, writer, record), store)

    assert theirs != store.schema_id(SchemaName.FRAME_EVENT)
    assert (read.frame_id, read.url, read.image) == ("1", url, record.get("image"))


@pytest.mark.parametrize("schema_id", [0, 999_999, 2**31 - 1, 2**31, 2**32 - 1])
def test_an_unknown_id_fails_the_frame(schema_registry: str, schema_id: int) -> None:
    with opened(schema_registry) as (store, _), pytest.raises(RejectedFrameError) as raised:
        _decoded(message(schema_id, frame_event(), {}), store)

    assert raised.value.code is ErrorCode.INVALID_PARAMETER
    assert raised.value.detail == f"Avro schema id {schema_id} is not known."


def test_a_writer_that_ours_cannot_read_fails_the_frame(schema_registry: str) -> None:
    wrong = breaking_frame_event()
    with opened(schema_registry) as (store, names):
        theirs = put(schema_registry, f"{names[SchemaName.FRAME_EVENT]}-value", wrong)
        value = message(theirs, wrong, {"frame_id": 5, "image": b"x"})
        with pytest.raises(RejectedFrameError) as raised:
            _decoded(value, store)

    assert raised.value.code is ErrorCode.INVALID_PARAMETER


def test_another_kind_of_record_or_schema_fails_the_frame(schema_registry: str) -> None:
    plain = {"type": "record", "name": "Other", "fields": [{"name": "a", "type": "int"}]}
    with opened(schema_registry) as (store, names):
        subject = names[SchemaName.FRAME_EVENT]
        other = put(schema_registry, f"{subject}-other", plain)
        draft = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}
        json_schema = put(schema_registry, f"{subject}-json", draft, schemaType="JSON")
        with pytest.raises(FrameError, match=f"is Other, not {FRAME_EVENT}"):
            decode(message(other, plain, {"a": 1}), SchemaName.FRAME_EVENT, store)
        with pytest.raises(FrameError, match="is not an Avro schema"):
            decode(message(json_schema, plain, {"a": 1}), SchemaName.FRAME_EVENT, store)


@pytest.mark.parametrize("change", [lambda v: v[:-1], lambda v: v + b"\0", lambda v: v[:4]])
def test_damaged_messages_fail_the_frame(schema_registry: str, change: Any) -> None:
    with opened(schema_registry) as (store, _):
        value = encode(SchemaName.FRAME_EVENT, record_of("a"), store)
        assert decode(value, SchemaName.FRAME_EVENT, store)["frame_id"] == "a"
        with pytest.raises(RejectedFrameError) as raised:
            _decoded(change(value), store)

    assert raised.value.code is ErrorCode.INVALID_PARAMETER


def test_a_registry_that_is_away_at_start_is_named() -> None:
    settings = RegistrySettings(url="http://127.0.0.1:9/apis/ccompat/v7", start_seconds=0)
    with (
        pytest.raises(RegistryUnavailableError, match=r"127\.0\.0\.1:9/apis") as raised,
        open_schema_store(settings, topics(), Metrics()),
    ):
        pass

    assert raised.value.transient


def test_the_wrong_path_is_told(schema_registry: str) -> None:
    wrong = schema_registry.removesuffix("/apis/ccompat/v7")
    if wrong == schema_registry:
        pytest.skip("this registry has its API at the root")
    with pytest.raises(Exception, match="is its path right"), opened(wrong):
        pass


def test_the_service_outlives_its_registry() -> None:
    with real("schema registry"):
        server = RegistryServer()
    with server:
        names = topics()
        subject = f"{names[SchemaName.FRAME_EVENT]}-value"
        with opened(server.url, names, outage_pause_seconds=0) as (store, _):
            met = put(server.url, subject, NEWER)
            unmet = put(server.url, subject, OLDER)
            value = message(met, NEWER, {"frame_id": "met", "image": b"x"})
            assert _decoded(value, store).frame_id == "met"
            server.kill()

            ours = encode(SchemaName.FRAME_EVENT, record_of("ours"), store)
            assert _decoded(ours, store).frame_id == "ours"
            assert _decoded(value, store).frame_id == "met"
            assert EventEncoder(store).plates(frame(), (READING,), MODEL, 1)[0].value[:1] == b"\0"
            late = message(unmet, OLDER, {"frame_id": "late", "image": b"x"})
            with pytest.raises(RegistryUnavailableError) as raised:
                _decoded(late, store)
            assert raised.value.transient

            server.start()  # empty, it counts from 1 again: pass the ids that are known already
            for number in range(unmet):
                put(server.url, "others", frame_event(fields=(_field(f"f{number}"),)))
            again = put(server.url, subject, OLDER)
            assert again > unmet
            late = message(again, OLDER, {"frame_id": "late", "image": b"x"})
            assert _decoded(late, store).frame_id == "late"


def test_the_vendors_deserializer_reads_our_plates(schema_registry: str) -> None:
    with opened(schema_registry) as (store, names):
        topic = names[SchemaName.PLATE_EVENT]
        (event,) = EventEncoder(store).plates(frame(), (READING,), MODEL, 1_767_225_600_000)

    read = Vendor(schema_registry).read(topic, event.value)
    assert read["plate"]["plate_number"] == READING.plate_number
    assert read["camera_id"] == frame().camera_id
    assert read["processed_at"].timestamp() == 1_767_225_600


def _decoded(value: bytes, store: SchemaStore) -> Any:
    return decode_frame(
        value, None, None, SourceRef("frames", 0, 1), 1_767_225_600_000, store=store
    )


def _field(name: str) -> dict[str, Any]:
    return {"name": name, "type": "string", "default": ""}
