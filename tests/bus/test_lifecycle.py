"""What is logged of a run that failed."""

from structlog.testing import capture_logs

from platestream.bus.errors import ExitReason, StartError, failed


def test_an_expected_error_is_its_sentence_without_a_traceback() -> None:
    with capture_logs() as said:
        result = failed(StartError("missing topics: frames"))
    assert result.reason is ExitReason.FAILED
    (line,) = said
    assert (line["error"], line["reason"]) == ("StartError", "missing topics: frames")
    assert not line["exc_info"]


def test_a_defect_shows_where_it_is() -> None:
    with capture_logs() as said:
        failed(ZeroDivisionError("x"))
    assert isinstance(said[0]["exc_info"], ZeroDivisionError)
