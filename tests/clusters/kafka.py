"""A real Apache Kafka in KRaft mode, one broker or several, on free loopback ports.

Order of choice: an existing cluster named by ``PLATESTREAM_TEST_KAFKA``; else Java and Maven; else
the same in containers (:mod:`~tests.clusters.java`); else :class:`UnavailableError` with the
reason. Every process is stopped by its own pid, every container by its own name.
"""

import os
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from confluent_kafka.admin import AdminClient

from tests.clusters.java import Java, find_java
from tests.clusters.maven import class_path, one_at_a_time
from tests.clusters.process import LoggedProcess, free_port
from tests.clusters.topics import create_topics

EXISTING_CLUSTER_VARIABLE = "PLATESTREAM_TEST_KAFKA"
KAFKA_VERSION = "4.1.0"
_COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",
)
_CLUSTER_ID = "cGxhdGVzdHJlYW0tdGVzdA"
# Two contended cores start a broker in about three seconds; three at once beside other work needed
# more than a minute.
_START_TIMEOUT_S = 150.0
_STOP_TIMEOUT_S = 30.0


@dataclass(slots=True)
class Broker:
    """One broker (and controller) process."""

    node_id: int
    port: int
    controller_port: int
    folder: Path
    sasl_port: int
    process: LoggedProcess | None = None

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "broker.log"


class KafkaCluster:
    """``brokers`` real brokers for as long as the ``with`` block lasts.

    Topics are replicated as far as there are brokers; with three of them ``min.insync.replicas``
    is 2, so that one may be killed without stopping producers that wait for all.

    Args:
        brokers: How many.
        users: Names and passwords; with any, each broker has a second port, for SASL/PLAIN.
        changes: Settings of every broker, beside or instead of the usual ones.
        flags: Java's, beside the usual ones; those of the class archive when not given.
    """

    def __init__(
        self,
        brokers: int = 1,
        *,
        users: Mapping[str, str] | None = None,
        changes: Mapping[str, str] | None = None,
        flags: Sequence[str] | None = None,
    ) -> None:
        self._users = dict(users or {})
        self._java = find_java()
        self._class_path = class_path(self._java, "kafka", _COORDINATES)
        self._flags = _class_archive(self._java) if flags is None else tuple(flags)
        self._stack = ExitStack()
        self._size = brokers
        self._changes = dict(changes or {})
        self.brokers: list[Broker] = []

    @property
    def bootstrap_servers(self) -> str:
        """``host:port,…`` of all brokers."""
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    @property
    def sasl_servers(self) -> str:
        """The same, of the ports that ask who one is."""
        return ",".join(f"127.0.0.1:{broker.sasl_port}" for broker in self.brokers)

    def __enter__(self) -> Self:
        root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="kafka-")))
        self.brokers = [
            Broker(node, free_port(), free_port(), root / f"node-{node}", free_port())
            for node in range(1, self._size + 1)
        ]
        try:
            # All first: a broker ends by itself when the controllers have not formed a majority in
            # time, and they are started one by one here.
            for broker in self.brokers:
                self._format(broker)
            for broker in self.brokers:
                self.start(broker)
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for broker in self.brokers:
            self.kill(broker)
        self._stack.close()

    def start(self, broker: Broker) -> None:
        """Start a broker on its kept data; returns at once (see :meth:`wait_ready`)."""
        broker.process = self._java.process(
            # The quick compiler only: brokers of tests live for seconds, not days.
            ["java", "-Xms64m", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
             *self._flags,
             "-cp", self._class_path, "kafka.Kafka", str(broker.folder / "server.properties")],
            broker.folder,
            broker.log,
        )  # fmt: skip
        broker.process.start()

    def stop(self, broker: Broker) -> None:
        """Controlled shutdown: leaders move before the process ends."""
        if broker.process is not None:
            broker.process.signal(signal.SIGTERM)
            broker.process.wait(_STOP_TIMEOUT_S)
            broker.process = None

    def kill(self, broker: Broker) -> None:
        """SIGKILL, as when a machine dies."""
        if broker.process is not None:
            broker.process.kill()
            broker.process = None

    def wait_ready(self) -> None:
        """Wait until every running broker is part of the cluster.

        Raises:
            TimeoutError: With the end of a broker's log.
        """
        running = sum(broker.process is not None for broker in self.brokers)
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            for broker in self.brokers:
                if broker.process is not None and not broker.process.running:
                    said = broker.process.last_words()
                    raise RuntimeError(f"broker {broker.node_id} ended:\n{said}")
            try:
                if len(admin.list_topics(timeout=1.0).brokers) >= running:
                    return
            except Exception:  # noqa: BLE001,S112 - not up yet; the deadline decides
                continue
        said = next((b.process.last_words() for b in self.brokers if b.process is not None), "")
        raise TimeoutError(f"Kafka did not start:\n{said}")

    def create_topics(self, names: Sequence[str], partitions: int) -> None:
        """Make topics and wait until the brokers know them."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 2})
        create_topics(admin, names, partitions)

    def _format(self, broker: Broker) -> None:
        broker.folder.mkdir(parents=True)
        properties = broker.folder / "server.properties"
        properties.write_text(self._properties(broker), encoding="utf-8")
        self._java.run(
            ["java", *self._flags, "-cp", self._class_path, "kafka.tools.StorageTool",
             "format", "-t", _CLUSTER_ID, "-c", str(properties)],
            broker.folder,
            _START_TIMEOUT_S,
        ).check_returncode()  # fmt: skip

    def _properties(self, broker: Broker) -> str:
        voters = ",".join(f"{b.node_id}@127.0.0.1:{b.controller_port}" for b in self.brokers)
        replicas = min(3, self._size)
        in_sync = max(1, replicas - 1)
        clients = f"PLAINTEXT://127.0.0.1:{broker.port}"
        sasl = {}
        if self._users:
            clients += f",SASL_PLAINTEXT://127.0.0.1:{broker.sasl_port}"
            known = " ".join(f'user_{name}="{word}"' for name, word in self._users.items())
            sasl = {
                "sasl.enabled.mechanisms": "PLAIN",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config": "org.apache.kafka.common."
                f"security.plain.PlainLoginModule required {known};",
            }
        settings = {
            **sasl,
            "process.roles": "broker,controller",
            "node.id": broker.node_id,
            "listeners": f"{clients},CONTROLLER://127.0.0.1:{broker.controller_port}",
            "advertised.listeners": clients,
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": voters,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,"
            "SASL_PLAINTEXT:SASL_PLAINTEXT",
            "log.dirs": broker.folder / "data",
            "default.replication.factor": replicas,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": replicas,
            "offsets.topic.num.partitions": 3,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": 3,
            # As long as the tests wait for it: the default of a minute is not enough for three at
            # once on a machine with no processor to spare.
            "initial.broker.registration.timeout.ms": int(1000 * _START_TIMEOUT_S),
            # Tests join and leave groups all the time: no grace for more members at first join,
            # and session time-outs short enough to be waited for.
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            "group.consumer.min.session.timeout.ms": 1000,
            "group.consumer.min.heartbeat.interval.ms": 300,
            "message.max.bytes": 16 * 1024 * 1024,
            "auto.create.topics.enable": "false",
            **self._changes,
        }
        return "".join(f"{key}={value}\n" for key, value in settings.items())


def _class_archive(java: Java) -> tuple[str, ...]:
    """Java's flags for loading a broker's classes from an archive, made once on each machine.

    A broker's start, formatting included, takes 2.5 s of a core with it instead of 4.3 s. A Java
    that cannot use it goes on without.
    """
    if java.docker is not None:
        return ()
    archive = java.cache / f"kafka-{KAFKA_VERSION}-classes.jsa"
    java.cache.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(java.cache):
        if not archive.exists():
            made = archive.with_suffix(".made")
            with KafkaCluster(1, flags=[f"-XX:ArchiveClassesAtExit={made}"]) as cluster:
                cluster.stop(cluster.brokers[0])  # it is written as Java ends
            made.rename(archive)
    return (f"-XX:SharedArchiveFile={archive}",)


def own_cluster_only(reason: str) -> pytest.MarkDecorator:
    """The mark of tests that start brokers of their own: skipped where an existing one is named."""
    return pytest.mark.skipif(bool(os.environ.get(EXISTING_CLUSTER_VARIABLE)), reason=reason)


@contextmanager
def real_kafka(brokers: int = 1) -> Iterator[str]:
    """Bootstrap servers of a real cluster: the one named by the environment, or a fresh one.

    Raises:
        UnavailableError: Where there is neither.
    """
    if named := os.environ.get(EXISTING_CLUSTER_VARIABLE):
        yield named
        return
    with KafkaCluster(brokers) as cluster:
        yield cluster.bootstrap_servers
