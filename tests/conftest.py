"""Fixtures that more than one layer's tests use."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.clusters.kafka import real_kafka
from tests.clusters.registry import real_registry
from tests.clusters.requirement import UnavailableError, skip_or_fail

# Wall-clock time is no property of the code: a busy machine must not fail an example.
settings.register_profile("platestream", deadline=None)
settings.load_profile("platestream")


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Bootstrap servers of a real Apache Kafka of one broker, shared by the whole run."""
    try:
        with real_kafka() as servers:
            yield servers
    except UnavailableError as missing:
        skip_or_fail(f"no real Kafka: {missing}")


@pytest.fixture(scope="session")
def schema_registry() -> Iterator[str]:
    """Base URL of a real Confluent-compatible schema registry, shared by the whole run."""
    try:
        with real_registry() as url:
            yield url
    except UnavailableError as missing:
        skip_or_fail(f"no real schema registry: {missing}")
