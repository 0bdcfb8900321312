import json
import logging
from collections.abc import Callable, Iterator

import pytest

from platestream.telemetry import logs


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What reached stderr so far; the root logger is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    root.handlers[:], root.level = handlers, level


def test_one_json_object_per_event(written: Callable[[], str]) -> None:
    logs.configure_logging(level="info", form="json")
    logs.get_logger("here").info("frame done", frame_id="f-1", partition=3)
    event = json.loads(written())
    assert event["event"] == "frame done"
    assert (event["frame_id"], event["partition"], event["level"]) == ("f-1", 3, "info")


@pytest.mark.parametrize("field", ["plate_number", "text", "url", "token", "payload"])
def test_personal_fields_never_reach_the_line(written: Callable[[], str], field: str) -> None:
    logs.configure_logging(level="info", form="json")
    logs.get_logger("here").info("oops", **{field: "secret-value"})
    line = written()
    assert "secret-value" not in line
    assert json.loads(line)[field] == logs.WITHHELD_VALUE


def test_the_standard_library_logs_in_the_same_form(written: Callable[[], str]) -> None:
    logs.configure_logging(level="warning", form="json")
    logging.getLogger("other").info("not shown")
    logging.getLogger("other").warning("shown %d", 1)
    assert json.loads(written())["event"] == "shown 1"


def test_a_traceback_stays_one_line(written: Callable[[], str]) -> None:
    logs.configure_logging(level="info", form="json")
    try:
        int("inside")
    except ValueError:
        logs.get_logger("here").exception("failed")
    (line,) = written().splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]
