"""The short form of the back-log: more bytes than the service may hold, and it holds fewer."""

from pathlib import Path

import pytest

from tests.clusters.kafka import own_cluster_only
from tests.clusters.requirement import real
from tests.soak.backlog import run_backlog
from tests.vision.tiny_models import write_bundle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    own_cluster_only("the back-log would fill an existing cluster"),
]


def test_memory_stays_under_its_bound(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "tiny")  # the frames' bytes matter here, not the models
    with real("Kafka"):
        report = run_backlog(600, vision={"bundle": str(bundle)}, seconds=150.0)
    assert report.answered == 600, report.as_json()
    assert report.frames * report.frame_bytes > report.bound.total, "the back-log proves nothing"
    assert report.peak_rss <= report.allowed, report.as_json()
