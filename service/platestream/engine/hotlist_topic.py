"""The hotlist's topic: followed by every replica as a whole, beside the application's own group.

A vehicle may come past any camera, so every replica needs every entry, whatever its partitions are:
a consumer that is in no group reads all of the topic. It decodes in a thread of its own; what it
found is put into the hotlist by the thread that runs the application, between two frames.
"""

import queue
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from platestream.contract.avro import SchemaStore, decode
from platestream.contract.errors import FrameError
from platestream.contract.schemas import SchemaName
from platestream.hotlists.entry import HotlistEntry, HotlistError
from platestream.hotlists.hotlist import Hotlist
from platestream.telemetry.engine_metrics import EngineMetrics

_log = structlog.get_logger(__name__)

_BATCH: Final = 1000
_POLL_SECONDS: Final = 0.1
# Where the topic is not there yet, or has been given partitions.
_LOOK_SECONDS: Final = 10.0
_CALL_SECONDS: Final = 10.0
# Changes that wait for the application: beyond it the thread waits, and the brokers keep the rest.
_MOST_WAITING: Final = 50_000

Change = tuple[str, HotlistEntry | None]


class HotlistTopic:
    """Follows the topic in a thread of its own.

    Of each key the last record counts. A record that cannot be used is counted, and the entry of
    its key is gone: what replaced it was meant to.

    Args:
        configuration: librdkafka's settings of a consumer: addresses, security.
        topic: Its name.
        store: Knows the schemas.
        metrics: Told how many entries there are.
    """

    def __init__(
        self,
        configuration: Mapping[str, Any],
        topic: str,
        store: SchemaStore,
        metrics: EngineMetrics,
    ) -> None:
        self._configuration = {
            **configuration,
            # It is in no group; librdkafka wants a name all the same.
            "group.id": "platestream-hotlist",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 100,
        }
        self._topic = topic
        self._store = store
        self._metrics = metrics
        self._changes: queue.Queue[Change] = queue.Queue(_MOST_WAITING)
        self._closed = threading.Event()
        self._caught_up = threading.Event()
        self._assigned: set[int] = set()
        self._unread: set[int] = set()
        self._thread = threading.Thread(target=self._follow, name="hotlist-topic", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """Follow it no more; nothing waits for the thread."""
        self._closed.set()

    @property
    def caught_up(self) -> bool:
        """Whether everything that was in the topic at the start has been applied."""
        return self._caught_up.is_set() and self._changes.empty()

    def read(self, hotlist: Hotlist, seconds: float) -> bool:
        """Apply what is in the topic until all of it has been.

        Returns:
            False when nothing came for ``seconds``: how long all of it takes depends on its size.
        """
        deadline = time.monotonic() + seconds
        while not self.caught_up:
            if self.apply(hotlist):
                deadline = time.monotonic() + seconds
            elif time.monotonic() > deadline or not self._thread.is_alive():
                return False
            else:
                time.sleep(0.01)  # the thread fills a queue that may be empty
        return True

    def apply(self, hotlist: Hotlist) -> int:
        """Put what was found into the hotlist; a bounded part of it, so that frames go on.

        Returns:
            How many changes there were.
        """
        applied = 0
        while applied < _BATCH:
            try:
                entry_id, entry = self._changes.get_nowait()
            except queue.Empty:
                break
            if entry is None:
                hotlist.remove(entry_id)
            else:
                hotlist.put(entry)
            applied += 1
        if applied:
            self._metrics.hotlist_entries.set(len(hotlist))
        return applied

    def _follow(self) -> None:
        client = Consumer(self._configuration)
        look_at = 0.0
        try:
            while not self._closed.is_set():
                if time.monotonic() >= look_at:
                    known = self._look(client)
                    look_at = time.monotonic() + (_LOOK_SECONDS if known else _POLL_SECONDS)
                for message in client.consume(_BATCH, _POLL_SECONDS):
                    self._take(message)
        finally:
            client.close()

    def _look(self, client: Consumer) -> bool:
        try:
            found = client.list_topics(self._topic, timeout=_CALL_SECONDS).topics[self._topic]
        except KafkaException as error:
            _log.warning("hotlist_not_read", reason=str(error))
            return False
        if found.error is not None or not found.partitions:
            return False
        if new := set(found.partitions) - self._assigned:
            if not self._assigned:
                self._unread = set(new)
            self._assigned |= new
            client.incremental_assign(
                [TopicPartition(self._topic, n, OFFSET_BEGINNING) for n in sorted(new)]
            )
        return True

    def _take(self, message: Any) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                self._unread.discard(message.partition())
                if not self._unread:
                    self._caught_up.set()
            else:
                _log.warning("hotlist_not_read", reason=error.str())
            return
        entry_id = (message.key() or b"").decode("utf-8", "replace")
        entry = self._entry(entry_id, message.value())
        while not self._closed.is_set():
            try:
                self._changes.put((entry_id, entry), timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return

    def _entry(self, entry_id: str, value: bytes | None) -> HotlistEntry | None:
        outcomes = self._metrics.hotlist_updates
        if not value:
            outcomes.labels("removed").inc()
            return None
        try:
            record = decode(value, SchemaName.HOTLIST_ENTRY, self._store)
            # The key is what deletes it.
            entry = HotlistEntry.of_record({**record, "entry_id": entry_id})
        except (FrameError, HotlistError) as error:
            outcomes.labels("refused").inc()
            # No text of ours tells the number; the key is an id.
            _log.error("hotlist_entry_refused", entry_id=entry_id[:100], reason=str(error)[:200])
            return None
        outcomes.labels("put").inc()
        return entry
