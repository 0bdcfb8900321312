"""The short form of the passages application's soak: the same harness, fewer frames and faults."""

from pathlib import Path

import pytest

from platestream.contract.schemas import SchemaName
from tests.clusters.kafka import own_cluster_only
from tests.clusters.requirement import real
from tests.soak.faults import FaultKind
from tests.soak.passages.audit import compared
from tests.soak.passages.run import PassagesSoak, run_soak


@pytest.mark.slow
@pytest.mark.timeout(600)
@own_cluster_only("the soak's replicas expect its own topics")
def test_every_passage_and_alert_once_and_as_one_process_makes_them(tmp_path: Path) -> None:
    soak = PassagesSoak(
        frames=1600,
        cameras=16,
        faults=1,
        kinds=(FaultKind.KILL,),
        brokers=1,
        partitions=4,
        rate=400.0,
        pause=(0.5, 1.0),
        session_ms=1500,
        transaction_ms=5000,
        logs=tmp_path,
    )
    with real("application"):
        report = run_soak(soak)
    assert report.passages.expected > 20, report.as_json()
    assert report.alerts.expected > 5, report.as_json()
    assert len(report.faults) == 1, report.as_json()
    assert report.passed, report.as_json()


def test_the_audit_sees_what_is_wrong() -> None:
    def alert(number: int, owner: str = "") -> dict[str, object]:
        return {"alert_id": str(number), "owner": owner, "alerted_at": number}

    verdict = compared(
        SchemaName.ALERT,
        [alert(1), alert(2), alert(3)],
        [{**alert(1), "alerted_at": 9}, alert(1), alert(2, "other"), alert(4)],
    )
    assert (verdict.expected, verdict.missing, verdict.doubled) == (3, 1, 1)
    assert (verdict.foreign, verdict.different) == (1, 1)
    assert not verdict.holds
    assert compared(SchemaName.ALERT, [alert(1)], [alert(1)]).holds
