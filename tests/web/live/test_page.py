"""The page's routes: protected, strict about content, and gone when switched off."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from platestream.stream import reloading
from platestream.web.credentials import hash_token
from platestream.web.live import page
from platestream.web.settings import WebSettings
from tests.stream.waiting import wait_until
from tests.web.interfaces import Interface, open_interface

EVENTS = "/live/events"
ASSETS = ("/", "/live/live.css", "/live/live.js", "/live/icon.svg")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    path = tmp_path_factory.mktemp("credentials") / "credentials.yaml"
    path.write_text(json.dumps({"projects": {"p1": {"tokens": [hash_token("t0ken")]}}}))
    with open_interface(WebSettings(port=0, credentials=path, live_listeners=1)) as interface:
        yield interface


@pytest.mark.parametrize("path", ASSETS)
def test_the_page_is_strict(guarded: Interface, path: str) -> None:
    answer = guarded.client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "//" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "{{" not in answer.text
    for outside in ("https://", "@import", "style=", "onclick", "innerHTML", "localStorage"):
        assert outside not in answer.text


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "ModelArts.4101"),
        ({"X-Project-Id": "p1"}, "ModelArts.4101"),
        ({"X-Project-Id": "p1", "X-Auth-Token": "wrong"}, "ModelArts.0203"),
        ({"X-Project-Id": "p2", "X-Auth-Token": "t0ken"}, "ModelArts.0203"),
        # A signature is judged with the body of a request; here it must not open anything.
        ({"X-Project-Id": "p1", "Authorization": "SDK-HMAC-SHA256 x"}, "ModelArts.4101"),
    ],
    ids=str,
)
def test_the_feed_is_for_known_projects(
    guarded: Interface, headers: dict[str, str], code: str
) -> None:
    answer = guarded.client.get(EVENTS, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (401, code)


def test_a_malformed_project_is_refused(guarded: Interface) -> None:
    answer = guarded.client.get(EVENTS, headers={"X-Project-Id": "a b"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "AIS.0101")


def test_a_page_that_closes_makes_room_for_the_next(guarded: Interface) -> None:
    headers = {"X-Project-Id": "p1", "X-Auth-Token": "t0ken"}

    def opens() -> bool:
        with guarded.client.stream("GET", EVENTS, headers=headers) as answer:
            if answer.status_code != 200:
                return False
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            lines = answer.iter_lines()  # kept: its end would close the connection
            assert next(lines) == "event: stats"
            refused = guarded.client.get(EVENTS, headers=headers)
            assert (refused.status_code, refused.json()["error_code"]) == (429, "APIG.0308")
            return True

    assert opens()
    wait_until(opens, "the place of the page that closed")


def test_a_token_that_is_taken_back_ends_its_open_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "_CHECK_EVERY_S", 0.0)
    monkeypatch.setattr(page, "_RECHECK_S", 0.05)
    path = tmp_path / "credentials.yaml"

    def let_in(*projects: str) -> None:
        fresh = path.with_suffix(".new")
        known = {project: {"tokens": [hash_token(project)]} for project in projects}
        fresh.write_text(json.dumps({"projects": known}))
        fresh.replace(path)

    def headers(project: str) -> dict[str, str]:
        return {"X-Project-Id": project, "X-Auth-Token": project}

    let_in("stays", "goes")
    with (
        open_interface(WebSettings(port=0, credentials=path)) as interface,
        interface.client.stream("GET", EVENTS, headers=headers("stays")) as stays,
        interface.client.stream("GET", EVENTS, headers=headers("goes")) as goes,
    ):
        kept, lost = stays.iter_lines(), goes.iter_lines()
        assert (next(kept), next(lost)) == ("event: stats", "event: stats")
        let_in("stays")
        assert [line for line in lost if line.startswith("event: plates")] == []  # and it ends
        for _ in range(6):  # two more looks at the clock of the statistics
            next(kept)
        assert interface.client.get(EVENTS, headers=headers("goes")).status_code == 401


def test_without_the_page_there_is_no_feed() -> None:
    with open_interface(WebSettings(port=0, no_auth=True, live_page=False)) as interface:
        for path in (*ASSETS, EVENTS):
            assert interface.client.get(path).status_code == 404
