"""Dead letters back into the stream: selected failures become frame messages once more.

The failures topic is read twice. The first look finds the last failure of each frame, since a frame
that was replayed and failed again has several; the second publishes those that were selected, some
hundred at a time: their messages are read again by partition, in the order of their offsets, and
published in the order of their failures. The new message has the frame's identity as headers, so
that its events tell the same frame, camera and time, and the attribute ``replayed_from`` with the
coordinates of the first. It is another message, so the ids of its events are others, too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaException, Message

from platestream.bus.configuration.properties import client_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import BusError, error_of
from platestream.bus.replay.dead_letters import Bounds, DeadLetters, read_failure
from platestream.bus.replay.originals import Headers, Originals, trace_headers
from platestream.bus.replay.publishing import (
    NullPublisher,
    PlainPublisher,
    Positions,
    Publisher,
    replayed,
)
from platestream.bus.replay.selection import (
    FailedFrame,
    FailedFrames,
    Place,
    ReplaySummary,
    Selection,
)
from platestream.bus.replay.transactions import TransactionalPublisher
from platestream.contract.avro import SchemaStore, UnknownSchemaError
from platestream.contract.errors import FrameError

# Dead letters that are published together: with a group, in one transaction. Some hundred make its
# cost small, and are done within a second, so that a run that is killed has little to do again.
_MOST_FRAMES: Final = 200
# Bytes of their messages, and of their records, that are held meanwhile.
_MOST_BYTES: Final = 32 * 1024 * 1024

_Letter = tuple[FailedFrame, dict[str, Any], Headers]


class Replay:
    """One run: :meth:`open`, :meth:`look`, :meth:`publish`, :meth:`close`.

    Args:
        settings: Cluster and topics.
        store: Reads failure records and frames.
        selection: Which of them.
        group: Goes on where the last run of this name ended, and keeps where this one ends.
        dry_run: Look, but publish nothing and keep nothing.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        store: SchemaStore,
        selection: Selection,
        *,
        group: str | None = None,
        dry_run: bool = False,
    ) -> None:
        self._store = store
        self._selection = selection
        self._group = group
        self._frames_topic = settings.topics.frames
        self._summary = ReplaySummary()
        self._bounds: dict[int, Bounds] = {}
        self._looked_at: Positions = {}
        self._positions: Positions = {}
        self._most = _MOST_FRAMES
        self._chosen: dict[Place, FailedFrame] = {}
        reading = {
            **client_configuration(settings),
            # Never joined; without a group no offset is committed.
            "group.id": group or f"{settings.group_id}-replay",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
            # What is fetched ahead, KiB: a threshold, one fetch more may land on top.
            "queued.max.messages.kbytes": 16 * 1024,
            # librdkafka waits for the fetch that is under way before it goes elsewhere, and at the
            # end of a partition that is this long, not the 500 ms of its default.
            "fetch.wait.max.ms": 20,
            "fetch.queue.backoff.ms": 20,
        }
        self._letters = DeadLetters(reading, settings.topics.failures, settings.start_seconds)
        self._publisher: Publisher
        if dry_run:
            self._publisher = NullPublisher()
        elif group is None:
            self._publisher = PlainPublisher(settings)
        else:
            self._publisher = TransactionalPublisher(settings, group, self._letters.group_metadata)
        self._originals = Originals(reading, store, serve=self._publisher.serve)

    def open(self) -> int:
        """Find out what there is to look at; about how many records that is.

        Raises:
            StartError: The cluster does not answer, or has no such topic.
            BusError: The cluster does not let the group work.
        """
        self._letters.bounds(None, of_group=False)  # says first what a transaction cannot say well
        self._publisher.open()
        self._bounds = self._letters.bounds(self._selection.since, of_group=bool(self._group))
        return sum(max(0, of.end - of.start) for of in self._bounds.values())

    def look(self, tell: Callable[[], None] = lambda: None) -> int:
        """Find the last failure of each frame; how many of them are to be published.

        Args:
            tell: Called for each record.

        Raises:
            BusError: The cluster or the registry went away; or a group would pass over records
                whose schemas are not known.
        """
        frames = FailedFrames()
        for message in self._letters.read(self._bounds, self._looked_at):
            self._summary.read += 1
            failure = self._failure_in(message)
            if failure is not None:
                frames.note(failure, _place_of(message), selected=self._selection.takes(failure))
            tell()
        if self._group and self._summary.unknown_schemas:
            raise BusError(
                f"{self._summary.unknown_schemas} records name a schema that is not known here, "
                "and this group would never see them again: give the service's registry.* "
                "settings. Nothing was published."
            )
        self._chosen = {frame.place: frame for frame in frames.selected()}
        limit = self._selection.limit
        return len(self._chosen) if limit is None else min(limit, len(self._chosen))

    def publish(self, tell: Callable[[], None] = lambda: None) -> ReplaySummary:
        """Publish what :meth:`look` found.

        Args:
            tell: Called for each frame.

        Raises:
            BusError: Something was not published; or the cluster or the registry went away.
        """
        try:
            bounds = self._where_chosen()
            self._positions = self._looked_at | {number: of.start for number, of in bounds.items()}
            letters: list[_Letter] = []
            size = 0
            for message in self._letters.read(bounds, {}):
                frame = self._chosen.get(_place_of(message))
                if frame is None:
                    continue
                value = message.value() or b""
                failure = read_failure(value, self._store)
                letters.append((frame, failure, trace_headers(message)))
                size += len(value)
                if len(letters) >= self._room() or size >= _MOST_BYTES:
                    self._publish(letters, bounds, tell)
                    letters, size = [], 0
                    if not self._room():
                        break
            self._publish(letters, bounds, tell)
        except KafkaException as exception:
            raise BusError(error_of(exception).str()) from exception
        return self._summary

    def close(self) -> None:
        """Let go of the brokers."""
        self._letters.close()
        self._originals.close()

    def _where_chosen(self) -> dict[int, Bounds]:
        bounds: dict[int, Bounds] = {}
        for place in self._chosen:
            known = bounds.get(place.partition, Bounds(place.offset, place.offset + 1))
            bounds[place.partition] = Bounds(
                min(known.start, place.offset), max(known.end, place.offset + 1)
            )
        return bounds

    def _room(self) -> int:
        """How many frames may be published next."""
        limit = self._selection.limit
        return self._most if limit is None else min(self._most, limit - self._summary.replayed)

    def _failure_in(self, message: Message) -> dict[str, Any] | None:
        try:
            return read_failure(message.value() or b"", self._store)
        except UnknownSchemaError:
            self._summary.unreadable += 1
            self._summary.unknown_schemas += 1
        except FrameError:
            self._summary.unreadable += 1
        return None

    def _publish(
        self, letters: Sequence[_Letter], bounds: Mapping[int, Bounds], tell: Callable[[], None]
    ) -> None:
        """Publish the messages of ``letters``, in parts where they are too large together."""
        originals = self._originals.find([failure for _, failure, _ in letters], _MOST_BYTES)
        if originals is None:
            half = self._most = len(letters) // 2
            self._publish(letters[:half], bounds, tell)
            self._publish(letters[half:], bounds, tell)
            return
        frames = []
        for (frame, failure, trace), original in zip(letters, originals, strict=True):
            if original is not None:
                frames.append(replayed(failure, original, self._partition_of(failure), trace))
            self._count(frame, failure, gone=original is None)
            place = frame.place
            last = place.offset + 1 >= bounds[place.partition].end
            # Behind the last that was chosen, all that was looked at is settled.
            end = self._looked_at[place.partition] if last else place.offset + 1
            self._positions[place.partition] = end
        self._publisher.publish(frames, self._positions)
        # Large messages may be over.
        self._most = min(_MOST_FRAMES, self._most + self._most // 2 + 1)
        for _ in letters:
            tell()

    def _count(self, frame: FailedFrame, failure: Mapping[str, Any], *, gone: bool) -> None:
        summary = self._summary
        summary.selected += 1
        summary.repeated += frame.failures - 1
        if gone:
            summary.gone += 1
            return
        summary.replayed += 1
        summary.again += frame.again
        code = failure["error_code"]
        summary.by_code[code] = summary.by_code.get(code, 0) + 1

    def _partition_of(self, failure: Mapping[str, Any]) -> int:
        """Where the frame's camera is, whatever its sender's keys and partitioner are."""
        source = failure["source"]
        same = source["topic"] == self._frames_topic
        there = same and source["partition"] in self._originals.partitions(self._frames_topic)
        return int(source["partition"]) if there else -1


def _place_of(message: Message) -> Place:
    return Place(message.partition() or 0, message.offset() or 0)
