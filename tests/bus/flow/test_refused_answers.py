"""A topic whose limit is too small refuses every answer: the service stops, on a real Kafka."""

from collections.abc import Iterator

import pytest

from platestream.bus.service import ExitReason
from platestream.contract.errors import ErrorCode
from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench, Guarantee
from tests.bus.messages import bare
from tests.stream.fakes import FakeReader


@pytest.fixture(params=["exactly_once", "at_least_once"])
def bench(request: pytest.FixtureRequest, kafka_servers: str) -> Iterator[Bench]:
    guarantee: Guarantee = request.param
    cluster = RealCluster(kafka_servers, guarantee)
    bench = Bench(cluster)
    cluster.limit_records(bench.topics.plates, 100)
    yield bench
    bench.close()


def test_answers_that_brokers_refuse_stop_the_service_like_failures(bench: Bench) -> None:
    bench.produce((bare(1 + 5 * n, f"camera-{n % 3}") for n in range(60)), partition=0)
    limit = {"window_frames": 20, "min_cameras": 3}
    with bench.service(FakeReader(), dead_letters=limit) as running:
        result = running.wait_ended()
    assert result.reason is ExitReason.FAILED
    assert "kafka.dead_letters" in str(result.error)
    out = bench.collect_rest()
    assert out.plates == []
    assert {failure["error_code"] for failure in out.failures} <= {
        ErrorCode.RECOGNITION_FAILED.code
    }
    # The one that was too many is not published, and nothing is committed that is not.
    assert len(out.failures) < 20
    assert bench.committed().get(0, 0) == len(out.failures)
