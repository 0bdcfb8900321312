import shutil
import subprocess

import pytest
from prometheus_client import generate_latest

from platestream.telemetry.engine_metrics import EngineMetrics
from platestream.telemetry.metrics import Metrics
from tests.clusters.requirement import skip_or_fail


def test_two_instances_do_not_share_counters() -> None:
    first, second = Metrics(), Metrics()
    first.frames_consumed.inc()
    assert second.registry.get_sample_value("platestream_frames_consumed_total") == 0.0


@pytest.mark.parametrize("metrics", [Metrics, EngineMetrics])
def test_every_metric_has_our_prefix_and_a_meaning(metrics: type[Metrics | EngineMetrics]) -> None:
    for family in metrics().registry.collect():
        assert family.name.startswith("platestream_")
        assert family.documentation.endswith(".")


def test_a_stage_is_timed_also_when_it_raises() -> None:
    metrics = Metrics()
    with pytest.raises(ValueError, match="bad"), metrics.stage("decode"):
        raise ValueError("bad")
    labels = {"stage": "decode"}
    count = metrics.registry.get_sample_value("platestream_stage_duration_seconds_count", labels)
    assert count == 1.0


def test_promtool_finds_no_fault_with_the_exposition() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        skip_or_fail("there is no promtool on the PATH (Debian: apt-get install prometheus)")
    metrics = Metrics()
    metrics.frames_processed.labels("plates").inc()
    metrics.plate_confidence.labels("blue").observe(0.97)
    metrics.model_info.labels("base", "1", "CPUExecutionProvider", "int8").set(1)
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=generate_latest(metrics.registry),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
