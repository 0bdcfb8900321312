"""One run: brokers, two replicas and more, results fed at a pace, faults, and the audit."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from platestream.bus.configuration.settings import KafkaSettings
from platestream.contract.avro import encode
from platestream.contract.schemas import SchemaName
from platestream.engine.hotlist_admin import HotlistAdmin
from platestream.engine.settings import EngineSettings
from platestream.telemetry.engine_metrics import EngineMetrics
from tests.clusters.kafka import KafkaCluster
from tests.engine.environment import application_program
from tests.soak.audit import recovery
from tests.soak.faults import Fault, FaultKind, Injector
from tests.soak.fleet import Fleet
from tests.soak.passages.audit import Found, Verdict
from tests.soak.passages.plan import STORE, Plan, make_plan
from tests.soak.report import spread

KINDS: Final = (FaultKind.KILL, FaultKind.BROKER, FaultKind.KILL, FaultKind.TERMINATE)
_TOPICS: Final = EngineSettings().topics
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
    rate: float = 60.0
    pause: tuple[float, float] = (0.5, 3.0)
    session_ms: int = 6000
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
            "engine": {"state_dir": str(folder / f"state-{name}"), "group_id": "soak"},
            "telemetry": {"host": "127.0.0.1", "port": 0},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesReport:
    """What a run came to."""

    soak: PassagesSoak
    frames: int
    sent: int
    passages: Verdict
    alerts: Verdict
    faults: Sequence[Fault]
    own_exits: Counter[int]
    seconds: float
    complete: bool

    @property
    def passed(self) -> bool:
        """Whether everything came once and as one process makes it."""
        return self.complete and self.passages.holds and self.alerts.holds

    def as_json(self) -> str:
        """One line."""
        kinds = Counter(fault.kind.name.lower() for fault in self.faults)
        return json.dumps(
            {
                "frames": self.frames,
                "sent": self.sent,
                "cameras": self.soak.cameras,
                "replicas": self.soak.replicas,
                "brokers": self.soak.brokers,
                **{f"passages_{name}": value for name, value in _fields(self.passages)},
                **{f"alerts_{name}": value for name, value in _fields(self.alerts)},
                "faults": len(self.faults),
                "faults_by_kind": dict(sorted(kinds.items())),
                "recovery_ms": spread([fault.recovery for fault in self.faults]),
                "exits_of_their_own": {str(code): n for code, n in self.own_exits.items()},
                "seconds": round(self.seconds, 1),
                "seed": self.soak.seed,
                "complete": self.complete,
                "passed": self.passed,
            }
        )


def run_soak(
    soak: PassagesSoak,
    tell: Callable[[int, int, int], None] = lambda *_: None,
    cluster: KafkaCluster | None = None,
) -> PassagesReport:
    """Run it. Everything that was started is stopped when this returns or raises.

    Args:
        soak: What the run is like.
        tell: Called now and then with frames sent, passages found and faults done.
        cluster: Brokers to use; some of its own when not given.

    Raises:
        UnavailableError: There is no Kafka, or no environment of the application.
        RuntimeError: The faults could not be injected.
    """
    program = application_program()
    plan = make_plan(soak.frames, soak.cameras, soak.seed)
    made = plan.of_one_process(EngineSettings())
    expected = sum(each.schema is SchemaName.PASSAGE for each in made)
    with ExitStack() as stack:
        folder = soak.logs or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        folder.mkdir(parents=True, exist_ok=True)
        if cluster is None:
            cluster = stack.enter_context(KafkaCluster(soak.brokers))
        servers = cluster.bootstrap_servers
        cluster.create_topics((_TOPICS.results, _TOPICS.passages, _TOPICS.alerts), soak.partitions)
        cluster.create_topics((_TOPICS.hotlist,), 1)
        kafka = KafkaSettings(bootstrap_servers=servers)
        HotlistAdmin(kafka, _TOPICS.hotlist, STORE, EngineMetrics()).put(plan.hotlist)
        fleet = Fleet(folder, program)
        stack.callback(fleet.kill)
        for number in range(soak.replicas):
            name = f"replica-{number}"
            fleet.add(name, soak.settings(name, servers, folder))
        fleet.wait_assigned()
        found = Found(servers, _TOPICS.by_schema(), soak.partitions)
        stack.callback(found.close)
        feed = ResultsFeed(servers, plan)
        injector = Injector(
            cluster,
            fleet,
            settings_of=lambda name: soak.settings(name, servers, folder),
            outstanding=lambda: frozenset(range(soak.partitions)) if feed.left else frozenset(),
            recovered=lambda fault: recovery(list(found.arrivals), fault.at, fault.partitions),
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
        count = sent = 0
        while (count < expected or feed.left) and time.monotonic() - moved < soak.silence:
            if injector.is_alive():
                feed.send_until(soak.rate * (time.monotonic() - began))
            else:
                feed.send_until(2 * soak.frames)
            found.step(0.05)
            now = found.count(SchemaName.PASSAGE)
            if (now, feed.sent) != (count, sent):
                count, sent, moved = now, feed.sent, time.monotonic()
            fleet.supervise()
            tell(feed.sent, count, len(injector.faults))
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
            soak=soak,
            frames=plan.distinct,
            sent=feed.sent,
            passages=found.verdict(SchemaName.PASSAGE, made),
            alerts=found.verdict(SchemaName.ALERT, made),
            faults=injector.faults,
            own_exits=fleet.own_exits,
            seconds=seconds,
            complete=complete,
        )


class ResultsFeed:
    """Sends the results of a plan, the cameras in turn."""

    def __init__(self, servers: str, plan: Plan) -> None:
        self._frames = _in_turn(plan)
        self._total = sum(len(frames) for frames in plan.frames.values())
        self.sent = 0
        self.failed = 0
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                "enable.idempotence": True,
                "message.timeout.ms": 300_000,
                "linger.ms": 5,
                "partitioner": "murmur2_random",
                "log_level": 2,
            }
        )

    @property
    def left(self) -> int:
        """Frames that are not sent and acknowledged."""
        return self._total - self.sent + len(self._producer)

    def send_until(self, count: float) -> None:
        """Send frames until so many are sent, at most some hundreds at a time."""
        for _ in range(min(round(count) - self.sent, 500)):
            frame = next(self._frames, None)
            if frame is None:
                break
            record = {**frame, "processed_at": time.time_ns() // 1_000_000}
            self._producer.produce(
                _TOPICS.results,
                key=record["camera_id"].encode(),
                value=encode(SchemaName.FRAME_RESULT, record, STORE),
                on_delivery=self._delivered,
            )
            self.sent += 1
        self._producer.poll(0)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        self.failed += error is not None


def _in_turn(plan: Plan) -> Iterator[dict[str, Any]]:
    for turn in zip_longest(*plan.frames.values()):
        yield from (frame for frame in turn if frame is not None)


def _fields(verdict: Verdict) -> list[tuple[str, int]]:
    names = ("expected", "missing", "doubled", "foreign", "different")
    return [(name, getattr(verdict, name)) for name in names]
