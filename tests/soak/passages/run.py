"""One run: brokers, replicas, results fed at a pace, faults, and the audit."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from platestream.bus.configuration.settings import KafkaSettings
from platestream.contract.schemas import SchemaName
from platestream.engine.hotlist_admin import HotlistAdmin
from platestream.engine.settings import EngineSettings
from platestream.telemetry.engine_metrics import EngineMetrics
from tests.clusters.kafka import KafkaCluster
from tests.engine.environment import application_program
from tests.soak.faults import FaultKind, Injector
from tests.soak.fleet import Fleet
from tests.soak.passages.audit import Found
from tests.soak.passages.feed import GROUP, TOPICS, Progress, ResultsFeed
from tests.soak.passages.plan import STORE, Plan, make_plan
from tests.soak.passages.report import PassagesReport

KINDS: Final = (FaultKind.KILL, FaultKind.BROKER, FaultKind.KILL, FaultKind.TERMINATE)
_SETTLE_S: Final = 120.0
_JOIN_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesSoak:
    """What a run is like.

    Attributes:
        frames: Results.
        cameras: Of which they are.
        faults: How many; the frames last until all of them are done.
        kinds: Which; every one in turn.
        brokers: With one, no broker is killed.
        replicas: Of the application.
        partitions: Of each topic.
        rate: Frames a second while there are faults to come.
        pause: Between a recovery and the next fault, seconds.
        session_ms: Session time-out of the group.
        transaction_ms: How long the transaction of a replica that was killed holds readers up.
        seed: Decides frames, victims and pauses.
        silence: A run without anything new for so long has failed, seconds.
        logs: Folder for the replicas' logs and state; thrown away when not given.
    """

    frames: int = 20_000
    cameras: int = 40
    faults: int = 24
    kinds: tuple[FaultKind, ...] = KINDS
    brokers: int = 3
    replicas: int = 2
    partitions: int = 8
    rate: float = 40.0
    pause: tuple[float, float] = (0.5, 3.0)
    session_ms: int = 6000
    transaction_ms: int = 20_000
    seed: int = 1
    silence: float = 180.0
    logs: Path | None = None

    def settings(self, name: str, servers: str, folder: Path) -> dict[str, Any]:
        """The settings of one replica."""
        return {
            "kafka": {
                "bootstrap_servers": servers,
                "client_id": name,
                "consumer": {
                    "session.timeout.ms": self.session_ms,
                    "heartbeat.interval.ms": self.session_ms // 6,
                },
            },
            "engine": {
                "state_dir": str(folder / f"state-{name}"),
                "group_id": GROUP,
                "transaction_timeout_ms": self.transaction_ms,
            },
            "telemetry": {"host": "127.0.0.1", "port": 0},
        }


def run_soak(
    soak: PassagesSoak,
    tell: Callable[[int, int, int], None] = lambda *_: None,
) -> PassagesReport:
    """Run it. Everything that was started is stopped when this returns or raises.

    Args:
        soak: What the run is like.
        tell: Called now and then with frames sent, passages found and faults done.

    Raises:
        UnavailableError: There is no Kafka, or no environment of the application.
        RuntimeError: The faults could not be injected.
    """
    program = application_program()
    plan = make_plan(soak.frames, soak.cameras, soak.seed)
    made = plan.of_one_process(EngineSettings())
    expected = Counter(each.schema for each in made)
    with ExitStack() as stack:
        folder = soak.logs or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        folder.mkdir(parents=True, exist_ok=True)
        cluster = stack.enter_context(KafkaCluster(soak.brokers))
        servers = cluster.bootstrap_servers
        _prepare(cluster, soak.partitions, plan)
        fleet = Fleet(folder, program)
        stack.callback(fleet.kill)
        for number in range(soak.replicas):
            name = f"replica-{number}"
            fleet.add(name, soak.settings(name, servers, folder))
        fleet.wait_assigned()
        found = Found(servers, TOPICS.by_schema(), soak.partitions)
        stack.callback(found.close)
        feed = ResultsFeed(servers, plan)
        progress = Progress(servers, soak.partitions, feed)
        stack.callback(progress.close)
        injector = Injector(
            cluster,
            fleet,
            settings_of=lambda name: soak.settings(name, servers, folder),
            outstanding=lambda: frozenset(range(soak.partitions)) if feed.left else frozenset(),
            recovered=progress.recovery,
            seed=soak.seed,
            kinds=soak.kinds,
            pause=soak.pause,
            session_s=soak.session_ms / 1000,
            limit=soak.faults,
        )
        stack.callback(injector.join, _JOIN_S)
        stack.callback(injector.stop)
        began = moved = time.monotonic()
        injector.start()
        seen = (0, 0)
        # Alerts, too: what is committed behind the open transaction of a replica that was killed is
        # not seen before that is over, and the end of the topic is said to be in front of it.
        while (
            any(found.count(schema) < count for schema, count in expected.items()) or feed.left
        ) and time.monotonic() - moved < soak.silence:
            if injector.is_alive():
                feed.send_until(soak.rate * (time.monotonic() - began))
            else:
                feed.send_until(2 * soak.frames)
            found.step(0.05)
            now = (sum(found.count(schema) for schema in expected), feed.sent)
            if now != seen:
                seen, moved = now, time.monotonic()
            fleet.supervise()
            tell(feed.sent, found.count(SchemaName.PASSAGE), len(injector.faults))
            if injector.error is not None:
                raise RuntimeError("the faults could not be injected") from injector.error
            if feed.failed:
                raise RuntimeError(f"{feed.failed} frames could not be sent")
        seconds = time.monotonic() - began
        injector.stop()
        injector.join(_JOIN_S)
        fleet.drain()
        complete = found.read_to_end(_SETTLE_S) and not feed.left
        return PassagesReport(
            seed=soak.seed,
            cameras=soak.cameras,
            replicas=soak.replicas,
            brokers=soak.brokers,
            frames=plan.distinct,
            sent=feed.sent,
            passages=found.verdict(SchemaName.PASSAGE, made),
            alerts=found.verdict(SchemaName.ALERT, made),
            faults=injector.faults,
            own_exits=fleet.own_exits,
            seconds=seconds,
            complete=complete,
        )


def _prepare(cluster: KafkaCluster, partitions: int, plan: Plan) -> None:
    cluster.create_topics((TOPICS.results, TOPICS.passages, TOPICS.alerts), partitions)
    cluster.create_topics((TOPICS.hotlist,), 1)
    kafka = KafkaSettings(bootstrap_servers=cluster.bootstrap_servers)
    HotlistAdmin(kafka, TOPICS.hotlist, STORE, EngineMetrics()).put(plan.hotlist)
