"""A bench on each Kafka, and one for what only a real one can show."""

from collections.abc import Iterator

import pytest

from platestream.bus.clients.embedded import EmbeddedBroker
from tests.bus.clusters import EmbeddedCluster, RealCluster
from tests.bus.harness import Bench, Cluster


@pytest.fixture(scope="module", params=["embedded", "kafka"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    if request.param == "kafka":
        yield RealCluster(request.getfixturevalue("kafka_servers"), "at_least_once")
        return
    with EmbeddedBroker() as broker:
        yield EmbeddedCluster(broker)


@pytest.fixture
def bench(cluster: Cluster) -> Iterator[Bench]:
    bench = Bench(cluster, partitions=2)
    yield bench
    bench.close()


@pytest.fixture
def real_bench(kafka_servers: str) -> Iterator[Bench]:
    bench = Bench(RealCluster(kafka_servers, "exactly_once"), partitions=2)
    yield bench
    bench.close()
