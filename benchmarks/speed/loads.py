"""Loads on a running service: as many frames as it takes, or frames at a steady rate."""

from __future__ import annotations

import os
import statistics
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, Producer, TopicPartition

from platestream.contract.avro import LocalSchemaStore, decode
from platestream.contract.schemas import SchemaName

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTITIONS: Final = 8
# The embedded broker forgets all but the last 5 MiB of a partition: six frames of a partition.
_UNDER_WAY: Final = 48
_SILENCE_S: Final = 90.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
# A broker that goes when a load ends is no news.
_QUIET: Final = {"log_level": 0, "log.connection.close": False}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a load showed: frames per second, processor time of a frame, latencies in seconds."""

    frames_per_second: float
    cpu_ms: float
    latencies: list[float]

    def quantile(self, share: float) -> float:
        """A quantile of the latencies, ms."""
        cuts = statistics.quantiles(self.latencies, n=1000, method="inclusive")
        return cuts[min(998, round(share * 1000) - 1)] * 1000


class Traffic:
    """Sends frames, takes in their results, and watches the service's processor time.

    Args:
        servers: Of the broker.
        topics: Names by the settings' keys ``frames`` and ``results``.
        pictures: Encoded frames, sent in turn.
        pid: Of the service.
    """

    def __init__(
        self, servers: str, topics: dict[str, str], pictures: Sequence[bytes], pid: int
    ) -> None:
        self._topic = topics["frames"]
        self._pictures = pictures
        self._pid = pid
        self._store = LocalSchemaStore()
        self._sent = 0
        quiet: dict[str, Any] = dict(_QUIET)
        self._producer = Producer({"bootstrap.servers": servers, "linger.ms": 0, **quiet})
        self._listener = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": f"bench-{uuid.uuid4().hex[:8]}",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
                "fetch.error.backoff.ms": 10,
                **quiet,
            }
        )
        self._listener.assign(
            [TopicPartition(topics["results"], number, 0) for number in range(PARTITIONS)]
        )

    def close(self) -> None:
        """Leave the broker."""
        self._listener.close()

    def flat_out(self, seconds: float) -> Measured:
        """As many frames as it takes, a bounded number of them under way."""
        return self._drive(seconds, None)

    def steady(self, seconds: float, rate: float) -> Measured:
        """``rate`` frames per second, one after the other."""
        return self._drive(seconds, rate)

    def _drive(self, seconds: float, rate: float | None) -> Measured:
        seen, latencies = 0, []
        self._send(_UNDER_WAY if rate is None else 1)  # whoever has to join does so now
        self._take_all(_UNDER_WAY if rate is None else 1)
        started, cpu = time.perf_counter(), processor_seconds(self._pid)
        sent, heard = 0, started
        while (now := time.perf_counter()) < started + seconds or seen < sent:
            if now < started + seconds:
                due = seen + _UNDER_WAY if rate is None else int((now - started) * rate) + 1
                if due > sent:
                    self._send(due - sent)
                    sent = due
            for late in self._take(0.002 if rate is not None else 0.02):
                seen += 1
                latencies.append(late)
                heard = time.perf_counter()
            if time.perf_counter() - heard > _SILENCE_S:
                raise TimeoutError(f"{seen} of {sent} results, then silence")
        taken = time.perf_counter() - started
        spent = processor_seconds(self._pid) - cpu
        return Measured(seen / taken, spent * 1000 / seen, latencies)

    def _send(self, frames: int) -> None:
        for _ in range(frames):
            value = self._pictures[self._sent % len(self._pictures)]
            self._producer.produce(self._topic, value, partition=self._sent % PARTITIONS)
            self._sent += 1
        self._producer.poll(0)

    def _take_all(self, frames: int) -> int:
        seen, deadline = 0, time.monotonic() + _SILENCE_S
        while seen < frames:
            seen += len(self._take(0.1))
            if time.monotonic() > deadline:
                raise TimeoutError(f"{seen} of the first {frames} results")
        return seen

    def _take(self, wait_s: float) -> list[float]:
        """Seconds from production to now, of each result that has come."""
        found = []
        for message in self._listener.consume(100, wait_s):
            if message.error() is None:
                result = decode(message.value() or b"", SchemaName.FRAME_RESULT, self._store)
                found.append(time.time() - result["captured_at"] / 1000)
        return found


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken, all threads, user and system."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
