"""Dead letters back into the stream: selected failures become frame messages once more.

A failure record may carry the message that failed; where it does not, the message is read again
from its topic, if it is still kept there. The new message has the frame's identity as headers, so
that its events tell the same frame, camera and time, and the attribute ``replayed_from`` with the
coordinates of the first. It is another message, so the ids of its events are others, too.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from platestream.bus.clients.configuration import client_configuration
from platestream.bus.errors import BusError, StartError, error_of, is_fatal
from platestream.bus.replay.originals import (
    ANSWER_SECONDS,
    POLL_SECONDS,
    Headers,
    Original,
    Originals,
)
from platestream.bus.replay.selection import ReplaySummary, Selection
from platestream.bus.settings import KafkaSettings
from platestream.contract.avro import SchemaStore, decode
from platestream.contract.errors import FrameError
from platestream.contract.identity import ATTRIBUTE_HEADER_PREFIX
from platestream.contract.schemas import SchemaName

REPLAY_ATTRIBUTE: Final = "replayed_from"

# A frame that came in once may go in again; the brokers and topics have the last word.
_LARGEST_MESSAGE: Final = 256 * 1024 * 1024


class Replay:
    """Reads the failures topic from end to end, once, and publishes what was selected.

    Args:
        settings: Cluster and topics.
        store: Reads the failure records.
        selection: Which of them.
        dry_run: Look, but publish nothing.

    Raises:
        StartError: The cluster does not answer, or has no such topic.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        store: SchemaStore,
        selection: Selection,
        *,
        dry_run: bool = False,
    ) -> None:
        self._settings = settings
        self._store = store
        self._selection = selection
        self._dry_run = dry_run
        self._failed: KafkaError | None = None
        self._seen: set[tuple[str, int, int]] = set()
        self._summary = ReplaySummary()
        reading = {
            **client_configuration(settings),
            "group.id": f"{settings.group_id}-replay",  # never joined, no offset is committed
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
        }
        self._failures = Consumer({**reading, "auto.offset.reset": "earliest"})
        self._producer = Producer(
            {
                **client_configuration(settings),
                "enable.idempotence": True,
                "acks": "all",
                "message.max.bytes": _LARGEST_MESSAGE,
                "compression.type": "none",  # pictures are compressed already
                "partitioner": "murmur2_random",
            }
        )
        self._originals = Originals(reading, serve=partial(self._producer.poll, 0))

    def total(self) -> int:
        """About how many records there are to look at.

        Raises:
            StartError: The cluster does not answer, or has no such topic.
        """
        return sum(max(0, end - start) for start, end in self._bounds().values())

    def run(self, tell: Callable[[], None] = lambda: None) -> ReplaySummary:
        """Do it. ``tell`` is called for each record that was looked at.

        Raises:
            BusError: Something was not delivered, or the cluster went away.
        """
        try:
            bounds = self._bounds()
            ends = {partition: end for partition, (start, end) in bounds.items() if start < end}
            self._failures.assign(
                [
                    TopicPartition(self._settings.topics.failures, partition, bounds[partition][0])
                    for partition in ends
                ]
            )
            self._read(ends, tell)
            if self._producer.flush(2 * ANSWER_SECONDS) or self._failed is not None:
                reason = "in time" if self._failed is None else f": {self._failed.str()}"
                raise BusError(f"not everything was published {reason}")
        except KafkaException as exception:
            raise BusError(error_of(exception).str()) from exception
        return self._summary

    def close(self) -> None:
        """Let go of the brokers."""
        self._failures.close()
        self._originals.close()

    # -- reading ----------------------------------------------------------------------------------

    def _bounds(self) -> dict[int, tuple[int, int]]:
        """First and last offset to look at, of each partition of the failures topic."""
        topic = self._settings.topics.failures
        try:
            found = self._failures.list_topics(timeout=self._settings.start_seconds).topics
            if topic not in found:
                raise StartError(f"there is no topic {topic}")
            numbers = list(found[topic].partitions)
            bounds = {
                number: self._failures.get_watermark_offsets(
                    TopicPartition(topic, number), timeout=ANSWER_SECONDS
                )
                for number in numbers
            }
            since = self._selection.since
            if since is not None:
                # A record is written after its frame failed, so nothing before this can match.
                for found_at in self._failures.offsets_for_times(
                    [TopicPartition(topic, number, since) for number in numbers],
                    timeout=ANSWER_SECONDS,
                ):
                    low, high = bounds[found_at.partition]
                    start = found_at.offset if found_at.offset >= 0 else high
                    bounds[found_at.partition] = (max(low, start), high)
        except KafkaException as exception:
            reason = error_of(exception).str()
            raise StartError(f"{self._settings.bootstrap_servers}: {reason}") from exception
        return bounds

    def _read(self, ends: dict[int, int], tell: Callable[[], None]) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        limit = self._selection.limit
        while ends and (limit is None or self._summary.replayed < limit):
            message = self._failures.poll(POLL_SECONDS)
            self._producer.poll(0)
            if self._failed is not None:
                return
            if message is None:
                if time.monotonic() > deadline:
                    raise BusError("the brokers do not answer any more")
                continue
            partition, offset = message.partition() or 0, message.offset() or 0
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                ends.pop(partition, None)
                continue
            if error is not None:
                if is_fatal(error):
                    raise BusError(error.str())
                continue
            deadline = time.monotonic() + ANSWER_SECONDS
            if offset < ends.get(partition, 0):
                self._look_at(message)
                tell()
            if offset + 1 >= ends.get(partition, 0):
                ends.pop(partition, None)

    def _look_at(self, message: Message) -> None:
        summary = self._summary
        summary.read += 1
        try:
            failure = decode(message.value() or b"", SchemaName.FRAME_FAILURE, self._store)
        except FrameError:
            summary.unreadable += 1
            return
        if not self._selection.takes(failure):
            return
        source = failure["source"]
        coordinates = (source["topic"], source["partition"], source["offset"])
        if coordinates in self._seen:
            summary.repeated += 1
            return
        self._seen.add(coordinates)
        summary.selected += 1
        original = self._originals.find(failure)
        if original is None:
            summary.gone += 1
            return
        if not self._dry_run:
            self._publish(failure, original)
        summary.replayed += 1
        code = failure["error_code"]
        summary.by_code[code] = summary.by_code.get(code, 0) + 1

    # -- publishing -------------------------------------------------------------------------------

    def _publish(self, failure: Mapping[str, Any], original: Original) -> None:
        source = failure["source"]
        attributes = {
            **failure["attributes"],
            REPLAY_ATTRIBUTE: f"{source['topic']}/{source['partition']}/{source['offset']}",
        }
        headers: Headers = [
            *original.headers,
            ("frame_id", failure["frame_id"].encode()),
            ("camera_id", failure["camera_id"].encode()),
            ("captured_at", str(failure["captured_at"]).encode()),
            *((ATTRIBUTE_HEADER_PREFIX + name, text.encode()) for name, text in attributes.items()),
        ]
        while self._failed is None:
            try:
                self._producer.produce(
                    self._settings.topics.frames,
                    value=original.value,
                    key=original.key,
                    headers=headers,
                    on_delivery=self._on_delivery,
                )
            except BufferError:
                self._producer.poll(POLL_SECONDS)
            else:
                return

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        self._failed = self._failed or error
