"""Logs, each property in both forms: what holds for machines holds for people."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from platestream.telemetry import logs

FORMS = get_args(logs.LogFormat)
SECRET = "京A·F0236"


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What reached stderr so far; the root logger is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    root.handlers[:], root.level = handlers, level


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> logs.LogFormat:
    chosen: logs.LogFormat = request.param
    return chosen


def _event(line: str, form: logs.LogFormat) -> dict[str, Any]:
    """The fields of a line; those of the console form as text."""
    if form == "json":
        fields: dict[str, Any] = json.loads(line)
        return fields
    level, event, rest = re.fullmatch(r"\S+ \[(\w+) *\] (.*?)\s+(\[.*)", line.strip()).groups()  # type: ignore[union-attr]
    return {"level": level, "event": event, **dict(re.findall(r"(\w+)=(\S+)", rest))}


def _read_a_plate() -> None:
    plate_text, body, url = SECRET, b"\xff\xd8" + SECRET.encode(), f"https://h/p?sig={SECRET}"
    raise RuntimeError(f"reading broke on {len(plate_text) + len(body) + len(url)} characters")


def test_both_forms_are_tested() -> None:
    assert set(FORMS) == {"json", "console"}


def test_one_line_per_event(written: Callable[[], str], form: logs.LogFormat) -> None:
    logs.configure_logging(level="info", form=form)
    logs.get_logger("here").info("frame done", frame_id="f-1", partition=3)
    (line,) = written().splitlines()
    event = _event(line, form)
    assert event["event"] == "frame done"
    assert (event["frame_id"], str(event["partition"]), event["level"]) == ("f-1", "3", "info")


@pytest.mark.parametrize("field", ["plate_number", "text", "url", "token", "payload"])
def test_personal_fields_never_reach_the_line(
    written: Callable[[], str], form: logs.LogFormat, field: str
) -> None:
    logs.configure_logging(level="info", form=form)
    logs.get_logger("here").info("oops", **{field: "secret-value"})
    line = written()
    assert "secret-value" not in line
    assert _event(line, form)[field] == logs.WITHHELD_VALUE


def test_the_standard_library_logs_in_the_same_form(
    written: Callable[[], str], form: logs.LogFormat
) -> None:
    logs.configure_logging(level="warning", form=form)
    logging.getLogger("other").info("not shown")
    logging.getLogger("other").warning("shown %d", 1)
    assert _event(written(), form)["event"] == "shown 1"


@pytest.mark.parametrize("logger", ["ours", "the standard library's"])
def test_a_traceback_shows_the_code_and_no_values(
    written: Callable[[], str], form: logs.LogFormat, logger: str
) -> None:
    logs.configure_logging(level="info", form=form)
    log = logs.get_logger("here") if logger == "ours" else logging.getLogger("here")
    try:
        _read_a_plate()
    except RuntimeError:
        log.exception("failed")
    text = written()
    shown = json.loads(text)["exception"] if form == "json" else text
    assert "RuntimeError: reading broke on" in shown
    assert "in _read_a_plate" in shown
    for form_of_secret in (SECRET, "F0236", repr(SECRET.encode())[2:-1], ascii(SECRET)[1:-1]):
        assert form_of_secret not in text


def test_a_cause_and_its_group_show_no_values_either(
    written: Callable[[], str], form: logs.LogFormat
) -> None:
    logs.configure_logging(level="info", form=form)
    try:
        try:
            _read_a_plate()
        except RuntimeError as error:
            raise ExceptionGroup("several", [error]) from error
    except ExceptionGroup:
        logs.get_logger("here").exception("failed")
    text = written()
    assert "RuntimeError: reading broke on" in text
    assert "F0236" not in text


def test_a_traceback_for_machines_stays_one_line(written: Callable[[], str]) -> None:
    logs.configure_logging(level="info", form="json")
    try:
        int("inside")
    except ValueError:
        logs.get_logger("here").exception("failed")
    (line,) = written().splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


_BREAKING = f"""
from platestream.cli import app

@app.app.command("break")
def broken() -> None:
    plate_text = {SECRET!r}
    raise RuntimeError(str(len(plate_text)))

app.main(["--debug", "break"])
"""


def test_the_command_line_shows_no_values_with_debug() -> None:
    done = subprocess.run(
        [sys.executable, "-"], input=_BREAKING, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError: 8" in done.stderr
    assert "F0236" not in done.stderr
