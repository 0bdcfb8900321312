"""The client against answers that a real registry gives only when it is in trouble."""

import json
from typing import Any

import pytest

from platestream.bus.registry import (
    IncompatibleSchemaError,
    RegistryError,
    RegistrySettings,
    RegistryUnavailableError,
)
from platestream.bus.registry.answers import AnswerTooLargeError
from platestream.bus.registry.client import RegistryClient
from platestream.telemetry.metrics import Metrics
from tests.bus.registry.stub import NOT_FOUND, stub

SCHEMA = (200, {"schema": '"string"'})


def client_of(url: str, metrics: Metrics | None = None, **more: Any) -> RegistryClient:
    return RegistryClient(RegistrySettings(url=url, **more), metrics or Metrics())


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"error_code": 50001}),
        (503, b"<html>"),
        (429, b""),
        (408, b""),
        (200, b"<html>welcome</html>"),
        (200, b""),
        (200, [1]),
        (200, {"schema": 7}),
        (200, b"[" * 100_000),
    ],
)
def test_trouble_of_the_registry_is_transient(answer: tuple[int, Any]) -> None:
    with stub(answer) as server, pytest.raises(RegistryUnavailableError) as raised:
        client_of(server.url).schema(1)

    assert raised.value.transient
    assert server.url in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((401, b""), "refuses our credentials"),
        ((403, {"message": "no"}), "refuses our credentials"),
        ((404, b"<html>nginx</html>"), "is its path right"),
        ((404, {"status": 404}), "is its path right"),
        ((302, b""), "HTTP 302"),
        ((422, {"error_code": 42201, "message": "Invalid\nschema"}), "HTTP 422 Invalid schema"),
    ],
)
def test_what_waiting_does_not_mend_is_not_transient(answer: tuple[int, Any], says: str) -> None:
    with stub(answer) as server, pytest.raises(RegistryError, match=says) as raised:
        client_of(server.url).schema(1)

    assert not raised.value.transient


def test_there_is_none_is_an_answer() -> None:
    with stub(NOT_FOUND) as server:
        client = client_of(server.url)
        assert client.schema(7) is None
        assert client.latest("s") is None
        assert client.lookup("s", "{}") is None
        assert client.compatibility("s", "{}").compatible


@pytest.mark.parametrize(
    "body",
    [
        {"id": -1, "version": 1},
        {"id": 2**31, "version": 1},
        {"id": "1", "version": 1},
        {"id": None, "version": 1},
        {"version": 1},
        {"id": 1, "version": "one"},
    ],
)
def test_an_id_or_version_that_cannot_be_one_is_no_answer(body: dict[str, object]) -> None:
    with stub((200, body)) as server, pytest.raises(RegistryUnavailableError):
        client_of(server.url).lookup("s", "{}")


def test_a_conflict_carries_the_registrys_words() -> None:
    conflict = (409, {"error_code": 409, "message": "field was\n removed " + "x" * 5000})
    with stub(conflict) as server, pytest.raises(IncompatibleSchemaError) as raised:
        client_of(server.url).register("s", "{}")

    assert str(raised.value).startswith("field was removed x")
    assert len(str(raised.value)) < 1100


def test_reasons_of_a_verdict_are_joined() -> None:
    with stub((200, {"is_compatible": False, "messages": ["one", "two"]})) as server:
        verdict = client_of(server.url).compatibility("s", "{}")

    assert (verdict.compatible, verdict.reason) == (False, "one; two")


def test_an_answer_without_end_is_cut() -> None:
    endless = (200, json.dumps({"schema": "x" * 1_100_000}).encode())
    with stub(endless) as server, pytest.raises(AnswerTooLargeError):
        client_of(server.url).schema(1)


def test_silence_ends_with_the_timeout() -> None:
    with stub(silent=True) as server, pytest.raises(RegistryUnavailableError, match="in time"):
        client_of(server.url, timeout_seconds=0.2).schema(1)


def test_an_answer_that_drips_ends_with_the_timeout() -> None:
    slow = (200, b" " * 60)
    with (
        stub(slow, drips=True) as server,
        pytest.raises(RegistryUnavailableError, match="in time"),
    ):
        client_of(server.url, timeout_seconds=0.3).schema(1)


def test_the_next_url_is_tried_and_remembered() -> None:
    metrics = Metrics()
    with stub((503, b"")) as broken, stub(SCHEMA) as whole:
        client = client_of(f"{broken.url},{whole.url}", metrics)
        assert client.schema(1) is not None
        assert client.schema(1) is not None

    assert (len(broken.requests), len(whole.requests)) == (1, 2)
    count = metrics.registry.get_sample_value
    labels = {"operation": "schema", "outcome": "ok"}
    assert count("platestream_registry_requests_total", labels) == 2
    labels["outcome"] = "unavailable"
    assert count("platestream_registry_requests_total", labels) == 1


def test_an_answer_that_makes_no_sense_leads_to_the_next_url() -> None:
    with stub((200, {"hello": "world"})) as odd, stub(SCHEMA) as whole:
        assert client_of(f"{odd.url},{whole.url}").schema(1) is not None


def test_a_subject_is_one_part_of_the_path() -> None:
    with stub() as server:
        client_of(server.url + "/base").latest("../a b/c")

    assert server.requests[0].path == "/base/subjects/..%2Fa%20b%2Fc/versions/latest"


def test_a_lookup_asks_for_the_text_then_for_its_meaning() -> None:
    with stub(NOT_FOUND, (200, {"id": 5, "version": 2})) as server:
        found = client_of(server.url).lookup("s", '{"a": 1}')

    assert found is not None
    assert (found.schema_id, found.number) == (5, 2)
    assert [request.path for request in server.requests] == [
        "/subjects/s",
        "/subjects/s?normalize=true",
    ]
    assert server.requests[0].body == {"schema": '{"a": 1}'}


def test_a_url_that_cannot_be_asked_is_told_at_once() -> None:
    with pytest.raises(RegistryError, match="cannot be asked"):
        client_of("http://" + "a." * 200 + "\u0660\u0300.com:80")


def test_settings_without_a_url_make_no_client() -> None:
    with pytest.raises(ValueError, match="no registry"):
        RegistryClient(RegistrySettings(), Metrics())
