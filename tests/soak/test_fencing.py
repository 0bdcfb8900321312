"""The short form of :mod:`tests.soak.fencing`: real models, a real Kafka, real exit codes."""

from pathlib import Path

import pytest

from tests.soak.fencing import EXPECTED, Way, run


# Seconds each, for models that load: nothing else sees the process as an orchestrator does.
@pytest.mark.slow
def test_a_process_at_work_ends_with_the_documented_exit_code(
    kafka_servers: str, tmp_path: Path
) -> None:
    outcomes = run({Way.FENCED: 1, Way.DEADLINE: 1}, kafka_servers, tmp_path)
    assert {outcome.way: outcome.code for outcome in outcomes} == {
        way: EXPECTED[way] for way in (Way.FENCED, Way.DEADLINE)
    }, [outcome.last_words for outcome in outcomes]
