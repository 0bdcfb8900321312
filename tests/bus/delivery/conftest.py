"""Fixtures of the tests of transactions."""

from collections.abc import Iterator

import pytest

from tests.bus.delivery.desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.delivery.start()
    yield desk
    desk.broker.gate.set()
    desk.delivery.abort()
