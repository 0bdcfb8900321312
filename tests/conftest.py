"""Fixtures that more than one floor's tests use."""

from collections.abc import Iterator

import pytest

from tests.clusters.kafka import real_kafka
from tests.clusters.requirement import UnavailableError, skip_or_fail


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Bootstrap servers of a real Apache Kafka of one broker, shared by the whole run."""
    try:
        with real_kafka() as servers:
            yield servers
    except UnavailableError as missing:
        skip_or_fail(f"no real Kafka: {missing}")
