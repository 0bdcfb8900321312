"""The faults, and which alert each has to bring about, within which time of the drill."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Producer

from tests.drill.stage import Parts, Stage

# Windows and `for` of the slowest, 80 s, and as much again for starts on a busy machine.
_PATIENCE_S: Final = 160.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        name: What happens.
        alert: The only one that anybody is told of.
        begin: Does it.
        within: Seconds of the drill in which the alert has to fire.
        replicas: How many there are.
        module: What a replica runs.
    """

    name: str
    alert: str
    begin: Callable[[Stage], Any]
    within: float = _PATIENCE_S
    replicas: int = 1
    module: str = "platestream.cli"


def _poison(stage: Stage) -> None:
    stage.poison.update({0, 1, 2})


def _stop_camera(stage: Stage) -> None:
    stage.silent.add(0)


def _slow(stage: Stage) -> None:
    stage.slow_file.touch()


def _fence(stage: Stage) -> None:
    rival = Producer(
        {
            "bootstrap.servers": stage.parts.cluster.bootstrap_servers,
            "transactional.id": stage.transactional_id("p0"),
            "log_level": 2,
        }
    )
    rival.init_transactions(60)


def _crash(stage: Stage) -> None:
    """Kill a replica each time that it has been up, as the kernel does for want of memory."""
    pod = stage.pods[0]
    for starts in range(1, 5):
        deadline = time.monotonic() + _PATIENCE_S
        while pod.starts < starts or not stage.ready(pod):
            if time.monotonic() > deadline:
                raise TimeoutError(f"start {starts} of {pod.name}: {pod.process.last_words()}")
            time.sleep(0.2)
        time.sleep(2)  # so that it is scraped
        pod.process.signal(signal.SIGKILL)


def _registry_away(stage: Stage) -> None:
    number = stage.parts.register_sender()
    stage.parts.registry.kill()
    stage.unknown_schema = number


def _broker_away(stage: Stage) -> None:
    for broker in stage.parts.cluster.brokers:
        stage.parts.cluster.kill(broker)


FAULTS: Final = (
    Fault(name="poison frames", alert="PlatestreamFailedFrames", begin=_poison),
    Fault(name="stopped camera", alert="PlatestreamCamerasSilent", begin=_stop_camera),
    Fault(name="slow model", alert="PlatestreamSlow", begin=_slow, module="tests.drill.slow"),
    Fault(name="fenced replica", alert="PlatestreamTransactionsFenced", begin=_fence),
    Fault(name="crash loop", alert="PlatestreamRestarting", begin=_crash, replicas=2),
    Fault(name="registry away", alert="PlatestreamRegistryFailing", begin=_registry_away),
    Fault(name="broker away", alert="PlatestreamNothingAssigned", begin=_broker_away),
)


@contextmanager
def mended(parts: Parts) -> Iterator[None]:
    """Bring brokers and registry back after a fault."""
    try:
        yield
    finally:
        for broker in parts.cluster.brokers:
            if broker.process is None or not broker.process.running:
                parts.cluster.start(broker)
        parts.cluster.wait_ready()
        if not parts.registry.running:
            parts.registry.start()
