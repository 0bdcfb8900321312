"""Fixtures that more than one layer's tests use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.clusters.kafka import real_kafka
from tests.clusters.registry import real_registry
from tests.clusters.requirement import UnavailableError, skip_or_fail

# Wall-clock time is no property of the code: a busy machine must not fail an example.
settings.register_profile("platestream", deadline=None)
settings.load_profile("platestream")

# Folders whose tests mostly wait for brokers, longest first: files run side by side, and one that
# is begun last is waited for by all others.
_SLOW_FIRST: Final = ("soak", "bus", "cli/replay", "e2e", "cli", "deploy", "web")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow folders; within a folder the order stays."""
    root = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        place = item.path.relative_to(root) if item.path.is_relative_to(root) else item.path
        ranks = (n for n, name in enumerate(_SLOW_FIRST) if place.is_relative_to(name))
        return next(ranks, len(_SLOW_FIRST))

    items.sort(key=rank)


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
