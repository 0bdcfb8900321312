"""One soak run: cluster, replicas, feed, faults and audit around one deadline."""

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platestream.bus.configuration.settings import KafkaSettings, TopicSettings
from tests.clusters.kafka import KafkaCluster
from tests.soak.audit import Audit, longest_gap, next_result, recovery
from tests.soak.faults import FaultKind, Injector
from tests.soak.fleet import Fleet
from tests.soak.outputs import Outputs
from tests.soak.plan import Feed, plan_frames
from tests.soak.report import Report

ALL_KINDS = tuple(FaultKind)
_TOPICS = TopicSettings(results="frames.results")
# Once all frames are sent and answered, what is still on its way has this long.
_SETTLE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """What a run is like.

    Attributes:
        frames: How many.
        guarantee: ``exactly_once`` or ``at_least_once``.
        seed: Decides bad frames, faults, victims and pauses.
        brokers: How many; with one, no broker is killed.
        replicas: How many from the start; the fault ``JOIN`` adds one for a while.
        partitions: Of every topic.
        cameras: How many; each stays in its partition.
        lead: Most frames of a camera without a result: the back-log is cameras x lead.
        kinds: Which faults.
        pause: Shortest and longest time between a recovery and the next fault, seconds.
        limit: Most faults.
        overlap: Whether a fault may come before the last one is recovered from.
        session_ms: Session time-out of the group.
        seconds: After this the run ends, and what is missing is lost.
        silence: So does it after this many seconds without anything new. Unlike ``seconds`` it does
            not depend on how fast the machine is: 35 s until a replica gives a hanging client up,
            as many again to start anew on a machine with no processor to spare, and some.
        logs: Folder for settings and logs of the replicas; thrown away when not given.
        vision: Settings of the models, over the run's own.
        kafka: Settings of the Kafka interface, over the run's own.
    """

    frames: int = 20_000
    guarantee: str = "exactly_once"
    seed: int = 1
    brokers: int = 3
    replicas: int = 2
    partitions: int = 8
    cameras: int = 32
    lead: int = 4
    kinds: tuple[FaultKind, ...] = ALL_KINDS
    pause: tuple[float, float] = (1.0, 4.0)
    limit: int | None = None
    overlap: bool = False
    session_ms: int = 6000
    seconds: float = 2400.0
    silence: float = 120.0
    logs: Path | None = None
    vision: Mapping[str, Any] = field(default_factory=dict)
    kafka: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, name: str, servers: str) -> dict[str, Any]:
        """The settings of replica ``name``: the defaults, but for what one machine needs."""
        kafka: dict[str, Any] = {
            "bootstrap_servers": servers,
            "group_id": "soak",
            "client_id": name,
            "topics": _TOPICS.model_dump(),
            "revoke_seconds": 5.0,
            "drain_seconds": 15.0,
            "consumer": {"session.timeout.ms": self.session_ms, "heartbeat.interval.ms": 500},
            **self.kafka,
        }
        if guarantees_can_be_chosen():
            kafka |= {"guarantee": self.guarantee, "transactional_id": name}
        return {
            "kafka": kafka,
            "stream": {"batch_max_frames": 8, "max_in_flight_frames": 64, "decode_workers": 1},
            # The packaged models; one thread each, as there are several replicas on few cores.
            "vision": {"threads": 1, "batch_buckets": [1, 2, 4, 8], **self.vision},
            "telemetry": {"host": "127.0.0.1", "port": 0},
        }


def guarantees_can_be_chosen() -> bool:
    """Whether the service at hand has more than one guarantee."""
    return "guarantee" in KafkaSettings.model_fields


def run_soak(soak: Soak, tell: Callable[[int, int, int], None] = lambda *_: None) -> Report:
    """Run it. Everything that was started is stopped when this returns or raises.

    Args:
        soak: What the run is like.
        tell: Called now and then with frames sent, frames answered and faults done.

    Raises:
        ValueError: The guarantee cannot be had.
        RuntimeError: The faults could not be injected.
    """
    if soak.guarantee != "at_least_once" and not guarantees_can_be_chosen():
        raise ValueError(f"this service knows no {soak.guarantee}")
    plan = plan_frames(soak.frames, soak.cameras, soak.seed)
    audit = Audit()
    with ExitStack() as stack:
        folder = soak.logs or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        folder.mkdir(parents=True, exist_ok=True)
        cluster = stack.enter_context(KafkaCluster(soak.brokers))
        servers = cluster.bootstrap_servers
        cluster.create_topics((_TOPICS.frames, *_TOPICS.outputs), soak.partitions)
        fleet = Fleet(folder)
        stack.callback(fleet.kill)
        for number in range(soak.replicas):
            name = f"replica-{number}"
            fleet.add(name, soak.settings(name, servers))
        fleet.wait_assigned()
        outputs = Outputs(servers, _TOPICS, soak.partitions, audit)
        stack.callback(outputs.close)
        feed = Feed(
            servers, _TOPICS.frames, plan, lead=soak.lead, seen=lambda: dict(audit.by_camera)
        )
        kinds = tuple(k for k in soak.kinds if soak.brokers > 2 or k is not FaultKind.BROKER)
        injector = Injector(
            cluster,
            fleet,
            settings_of=lambda name: soak.settings(name, servers),
            outstanding=lambda: _outstanding(feed, audit),
            recovered=lambda fault: recovery(list(audit.arrivals), fault.at, fault.partitions),
            seed=soak.seed,
            kinds=kinds,
            pause=soak.pause,
            session_s=soak.session_ms / 1000,
            limit=soak.limit,
            overlap=soak.overlap,
        )
        # Before the fleet is killed, nobody may start it again.
        stack.callback(injector.join, 60.0)
        stack.callback(injector.stop)
        began = time.monotonic()
        injector.start()
        moved, finished = began, 0
        while (
            finished < len(plan)
            and time.monotonic() - began < soak.seconds
            and time.monotonic() - moved < soak.silence
        ):
            feed.step()
            outputs.step(0.05)
            if audit.finished != finished:
                moved, finished = time.monotonic(), audit.finished
            fleet.supervise()
            tell(feed.sent, audit.finished, len(injector.faults))
            if injector.error is not None:
                raise RuntimeError("the faults could not be injected") from injector.error
            if feed.failed:
                raise RuntimeError(f"{feed.failed} frames could not be sent")
        seconds = time.monotonic() - began
        injector.stop()
        while injector.is_alive() and time.monotonic() - began < soak.seconds + _SETTLE_S:
            injector.join(0.1)
            outputs.step(0.0)
        fleet.drain()
        complete = outputs.read_to_end(_SETTLE_S)
        for fault in injector.faults:
            fault.recovery = recovery(audit.arrivals, fault.at, fault.partitions)
            fault.next_result = next_result(audit.arrivals, fault.at)
        return Report(
            guarantee=soak.guarantee,
            seed=soak.seed,
            verdict=audit.verdict(plan),
            faults=injector.faults,
            longest_gap_s=longest_gap(audit.arrivals),
            seconds=seconds,
            own_exits=fleet.own_exits,
            complete=complete,
            unanswered={
                partition: feed.acknowledged[partition] - audit.by_partition[partition]
                for partition in _outstanding(feed, audit)
            },
        )


def _outstanding(feed: Feed, audit: Audit) -> frozenset[int]:
    return frozenset(
        partition
        for partition, sent in list(feed.acknowledged.items())
        if sent > audit.by_partition[partition]
    )
