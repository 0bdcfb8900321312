"""An output topic that may not be written to: the end of the service names it, and the reason."""

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from platestream.bus.service import ExitReason
from tests.bus.clusters import OwnCluster
from tests.bus.harness import Bench, Guarantee
from tests.bus.messages import bare
from tests.clusters.kafka import KafkaCluster
from tests.clusters.requirement import real
from tests.stream.fakes import FakeReader

pytestmark = pytest.mark.slow

# Everybody may do everything but to what has a rule of its own.
_AUTHORIZED = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[OwnCluster]:
    with real("Kafka"), KafkaCluster(1, changes=_AUTHORIZED) as brokers:
        yield OwnCluster(brokers)


def allow(cluster: OwnCluster, topic: str, *operations: AclOperation) -> None:
    """Let everybody do these with ``topic``, and nothing else."""
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
    rules = [
        AclBinding(ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, "User:*", "*",
                   operation, AclPermissionType.ALLOW)
        for operation in operations
    ]  # fmt: skip
    for future in admin.create_acls(rules).values():
        future.result(30)


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_a_topic_that_may_not_be_written_to_is_named(
    cluster: OwnCluster, guarantee: Guarantee
) -> None:
    bench = Bench(cluster)
    plates = bench.topics.plates
    allow(cluster, plates, AclOperation.DESCRIBE, AclOperation.READ)
    bench.produce(bare(1 + 5 * n) for n in range(3))
    with bench.service(FakeReader(), guarantee=guarantee) as running:
        result = running.wait_ended()
    assert result.reason is ExitReason.FAILED
    assert "TOPIC_AUTHORIZATION_FAILED" in str(result.error)
    assert plates in str(result.error)
    assert bench.committed() == {}
    bench.close()
