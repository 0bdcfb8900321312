"""An output topic that is deleted: named, unready meanwhile, and nothing lost when it is back."""

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient

from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until


@pytest.fixture
def bench(kafka_servers: str) -> Iterator[Bench]:
    bench = Bench(RealCluster(kafka_servers, "exactly_once"), results=True)
    yield bench
    bench.close()


def test_a_deleted_output_topic_is_named_and_goes_on_when_it_is_back(
    bench: Bench,
) -> None:
    plates = bench.topics.plates
    admin = AdminClient({"bootstrap.servers": bench.cluster.bootstrap_servers})
    with bench.service(FakeReader()) as running:
        running.wait_ready()
        admin.delete_topics([plates])[plates].result(30)
        bench.produce(bare(1 + 5 * n) for n in range(5))
        wait_until(lambda: not running.service.ready().ok, "unreadiness")
        assert running.service.ready().detail == f"the topic {plates} is gone"
        bench.cluster.create_topic(plates, 2)
        running.wait_ready()
        bench.collect(lambda out: len(out.results) == 5, watched=running)
    assert running.value("frames_processed_total", outcome="plates") == 5
