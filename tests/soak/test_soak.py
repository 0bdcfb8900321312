"""The short form of the soak: the same harness with fewer frames and faults."""

from pathlib import Path

import pytest

from tests.clusters.kafka import own_cluster_only
from tests.clusters.requirement import real
from tests.soak.faults import FaultKind
from tests.soak.run import Soak, run_soak

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    own_cluster_only(
        "the soak kills brokers, so it starts its own and touches no existing cluster"
    ),
]


@pytest.mark.parametrize(
    ("guarantee", "brokers", "kinds"),
    [
        (
            "exactly_once",
            3,
            (FaultKind.KILL, FaultKind.TERMINATE, FaultKind.BROKER, FaultKind.ZOMBIE),
        ),
        ("at_least_once", 1, (FaultKind.KILL, FaultKind.TERMINATE, FaultKind.JOIN)),
    ],
)
def test_every_frame_comes_out(
    guarantee: str, brokers: int, kinds: tuple[FaultKind, ...], tmp_path: Path
) -> None:
    soak = Soak(
        # More than are read while the faults last: the injector ends with the frames.
        frames=800,
        guarantee=guarantee,
        seed=3,
        brokers=brokers,
        cameras=16,
        kinds=kinds,
        limit=len(kinds),  # each once
        pause=(0.2, 0.5),
        session_ms=3000,
        seconds=600.0,  # a slow machine takes its time; one that stands still is told by silence
        logs=tmp_path,  # pytest keeps it where the test failed
    )
    with real("Kafka"):
        report = run_soak(soak)
    assert len(report.faults) >= 2, report.as_json()
    assert report.complete, report.as_json()
    verdict = report.verdict
    assert (verdict.lost, verdict.out_of_order, verdict.wrong) == (0, 0, 0), report.as_json()
    if guarantee == "exactly_once":
        assert verdict.doubled == 0, report.as_json()
    assert report.passed
