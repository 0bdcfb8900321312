"""The whole suite, and its benches."""

from collections.abc import Iterator

import pytest

from tests.bus.behaviour.membership import MembershipBehaviour
from tests.bus.behaviour.outcomes import OutcomeBehaviour
from tests.bus.behaviour.pressure import BackPressureBehaviour
from tests.bus.behaviour.stopping import StoppingBehaviour
from tests.bus.harness import Bench, Cluster


class StreamBehaviour(
    OutcomeBehaviour, MembershipBehaviour, BackPressureBehaviour, StoppingBehaviour
):
    """Inherit it and give it a fixture ``cluster``."""

    @pytest.fixture
    def bench(self, cluster: Cluster) -> Iterator[Bench]:
        bench = Bench(cluster)
        yield bench
        bench.close()

    @pytest.fixture
    def audited(self, cluster: Cluster) -> Iterator[Bench]:
        """A bench with the results topic."""
        bench = Bench(cluster, results=True)
        yield bench
        bench.close()
