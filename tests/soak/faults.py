"""Faults, one after the other, by a seed."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from confluent_kafka.admin import AdminClient

from tests.clusters.kafka import Broker, KafkaCluster
from tests.soak.fleet import Fleet, Replica

# An orchestrator does not start a container again in the same instant.
_RESTART_PAUSE_S = 0.5
_BROKER_AWAY_S = 3.0
_IN_SYNC_TIMEOUT_S = 60.0
_STARTED = b"Kafka Server started"


class FaultKind(StrEnum):
    """What is done to the run."""

    KILL = "replica killed (SIGKILL)"
    TERMINATE = "replica stopped (SIGTERM)"
    JOIN = "replica joins and leaves"
    BROKER = "broker killed and brought back"
    ZOMBIE = "replica paused past its session"


@dataclass(slots=True)
class Fault:
    """One fault: its kind, when it struck (epoch, seconds), whom it could touch."""

    kind: FaultKind
    at: float
    partitions: frozenset[int]
    recovery: float | None = None  # until every partition went on, seconds
    next_result: float | None = None  # until anything came out, seconds


def fault_kinds(draw: random.Random, kinds: tuple[FaultKind, ...]) -> Iterator[FaultKind]:
    """Every kind once in a random order, again and again: a short run has all of them, too."""
    while True:
        yield from draw.sample(kinds, len(kinds))


class Injector(threading.Thread):
    """Does one fault after the other until it is told to stop.

    Args:
        cluster: The brokers.
        fleet: The replicas.
        settings_of: Settings of a replica by its name.
        outstanding: Partitions that have frames without a result.
        recovered: How long the recovery from a fault took; None while it has not.
        seed: Decides kinds, victims and pauses.
        kinds: Which kinds there are.
        pause: Shortest and longest time between two faults, seconds.
        session_s: Session time-out of the group.
        patience: How long a recovery, or the return of a broker, may take, seconds.
        limit: Most faults.
        overlap: Whether a fault may come before the last one is recovered from.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        fleet: Fleet,
        *,
        settings_of: Callable[[str], Mapping[str, Any]],
        outstanding: Callable[[], frozenset[int]],
        recovered: Callable[[Fault], float | None],
        seed: int,
        kinds: tuple[FaultKind, ...],
        pause: tuple[float, float],
        session_s: float,
        patience: float = 120.0,
        limit: int | None = None,
        overlap: bool = False,
    ) -> None:
        super().__init__(name="faults", daemon=True)
        self._cluster = cluster
        self._fleet = fleet
        self._settings_of = settings_of
        self._outstanding = outstanding
        self._recovered = recovered
        self._draw = random.Random(seed)
        self._kinds = kinds
        self._pause = pause
        self._session_s = session_s
        self._patience = patience
        self._limit = limit
        self._overlap = overlap
        self._over = threading.Event()
        self.faults: list[Fault] = []
        self.error: Exception | None = None

    def stop(self) -> None:
        """Finish the fault in progress and do no other."""
        self._over.set()

    def run(self) -> None:
        try:
            for kind in fault_kinds(self._draw, self._kinds):
                if self._limit is not None and len(self.faults) >= self._limit:
                    return
                if self._over.wait(self._draw.uniform(*self._pause)):
                    return
                if kind is FaultKind.BROKER and not self._all_in_sync():
                    continue
                # A fault that nobody can feel measures nothing.
                while not self._outstanding() and not self._over.wait(0.1):
                    pass
                if self._over.is_set():
                    return
                self._inject(kind)
        except Exception as error:  # noqa: BLE001 - the run fails with it
            self.error = error

    def _inject(self, kind: FaultKind) -> None:
        fault = Fault(kind, time.time(), self._outstanding())
        self.faults.append(fault)
        match kind:
            case FaultKind.KILL:
                self._restart(signal.SIGKILL)
            case FaultKind.TERMINATE:
                self._restart(signal.SIGTERM)
            case FaultKind.ZOMBIE:
                victim = self._victim()
                victim.signal(signal.SIGSTOP)
                # Longer than the session: the group has gone on without it when it wakes up.
                self._over.wait(self._session_s * 1.5)
                victim.signal(signal.SIGCONT)
            case FaultKind.BROKER:
                self._restart_broker(self._draw.choice(self._cluster.brokers))
        if kind is FaultKind.JOIN:
            extra = self._fleet.add("replica-extra", self._settings_of("replica-extra"))
            self._wait_recovered(fault)
            extra.wanted = False
            extra.signal(signal.SIGTERM)
            extra.wait()
        elif not self._overlap:
            self._wait_recovered(fault)

    def _victim(self) -> Replica:
        return self._draw.choice([r for r in self._fleet.replicas.values() if r.wanted])

    def _restart(self, number: signal.Signals) -> None:
        with self._fleet.lock:
            victim = self._victim()
            victim.wanted = False
        victim.signal(number)
        victim.wait()
        self._over.wait(_RESTART_PAUSE_S)
        with self._fleet.lock:
            victim.start()

    def _restart_broker(self, broker: Broker) -> None:
        self._cluster.kill(broker)
        before = broker.log.stat().st_size
        self._over.wait(_BROKER_AWAY_S)
        self._cluster.start(broker)
        # The cluster takes a dead broker for a live one until its session is over (9 s), so the
        # metadata say nothing yet. This line comes once the controllers have let it in again, and
        # from then on the lists of copies in sync are true.
        deadline = time.monotonic() + self._patience
        while _STARTED not in broker.log.read_bytes()[before:]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"broker {broker.node_id} did not come back")
            if self._over.wait(0.2):
                return

    def _wait_recovered(self, fault: Fault) -> None:
        deadline = time.monotonic() + self._patience
        while not self._over.is_set() and time.monotonic() < deadline:
            fault.recovery = self._recovered(fault)
            if fault.recovery is not None:
                return
            self._over.wait(0.1)

    def _all_in_sync(self) -> bool:
        """Whether a broker may be killed: every partition has all of its replicas in sync."""
        admin = AdminClient({"bootstrap.servers": self._cluster.bootstrap_servers, "log_level": 2})
        deadline = time.monotonic() + _IN_SYNC_TIMEOUT_S
        while time.monotonic() < deadline and not self._over.is_set():
            topics = admin.list_topics(timeout=10).topics.values()
            parts = [part for topic in topics for part in topic.partitions.values()]
            if all(len(part.isrs) == len(part.replicas) for part in parts):
                return True
            self._over.wait(0.3)
        return False
