"""The topic of camera settings: read from its beginning before frames are, then followed."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from platestream.bus.clients.client_log import logged
from platestream.bus.configuration.properties import reading_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError, error_of, is_fatal
from platestream.stream.cameras import CameraBook
from platestream.vision.cameras.table import CameraError, read_entry, read_json

if TYPE_CHECKING:
    from platestream.vision.cameras.settings import CameraSettings

_log = structlog.get_logger(__name__)

# How late the end of the service is seen, and a change where nothing follows it.
_POLL_SECONDS: Final = 0.2
# A live broker answers in milliseconds; nobody waits for this thread but the start.
_CALL_SECONDS: Final = 5.0
# How late a partition that was added is noticed. A topic of settings has one, as a rule.
_LOOK_SECONDS: Final = 30.0
# After this they take effect though more keep coming: a table is made anew each time, which takes a
# tenth of a second for thousands of cameras.
_LONGEST_SECONDS: Final = 1.0


class CameraTopic:
    """Follows the topic in a thread of its own; without a topic it does nothing.

    Of each key the last record counts: JSON settings, or nothing, which deletes the entry. A record
    that is wrong changes nothing: the entry stays as it was, and the book is told. A topic that was
    made anew is read from its beginning, and takes the place of the old one when all of it is read.

    Args:
        kafka: Cluster, security, the topic's name, and how long a start may take.
        book: Told what the topic says.
    """

    def __init__(self, kafka: KafkaSettings, book: CameraBook | None) -> None:
        self._kafka = kafka
        self._book = book
        self._topic = kafka.topics.cameras
        self._closed = threading.Event()
        self._read = threading.Event()
        self._error = "no answer"
        self._entries: dict[str, CameraSettings] = {}
        self._wrong: dict[str, str] = {}
        self._unread: set[int] = set()
        self._assigned: set[int] = set()
        self._pending = False
        self._barred = False
        self._applied_at = 0.0

    def read(self, given_up: Callable[[], bool]) -> bool:
        """Begin to follow the topic, and wait until all that is in it has been read.

        Returns:
            False when ``given_up()`` became true before.

        Raises:
            StartError: If that takes longer than ``kafka.start_seconds``.
        """
        if self._topic is None or self._book is None:
            return True
        threading.Thread(target=self._follow, name="camera-topic", daemon=True).start()
        deadline = time.monotonic() + self._kafka.start_seconds
        while not self._read.wait(_POLL_SECONDS):
            if given_up():
                return False
            if time.monotonic() > deadline:
                raise StartError(f"the topic {self._topic} could not be read: {self._error}")
        return True

    def close(self) -> None:
        """Follow it no more. The thread ends after the call that it is in; nothing waits for it."""
        self._closed.set()

    # -- in the thread ----------------------------------------------------------------------------

    def _follow(self) -> None:
        client = Consumer(logged(reading_configuration(self._kafka)))
        look_at = 0.0
        try:
            while not self._closed.is_set():
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + (_LOOK_SECONDS if self._look(client) else 1.0)
                message = client.poll(_POLL_SECONDS)
                if message is not None:
                    self._take(client, message)
                # At a pause, so that records that were sent together take effect together.
                if message is None or time.monotonic() - self._applied_at > _LONGEST_SECONDS:
                    self._apply()
        finally:
            client.close()

    def _look(self, client: Consumer) -> bool:
        """Begin anew where there are other partitions than before; whether that is known."""
        topic = self._topic or ""
        try:
            found = client.list_topics(topic, timeout=_CALL_SECONDS).topics[topic]
        except KafkaException as exception:
            self._error = error_of(exception).str()
            return False
        if found.error is not None or not found.partitions:
            self._error = found.error.str() if found.error is not None else "no partitions"
            return False
        if set(found.partitions) != self._assigned:
            self._begin(client, set(found.partitions))
        # What could not be read can be again: say what is in force.
        self._pending, self._barred = self._pending or self._barred, False
        return True

    def _begin(self, client: Consumer, partitions: set[int]) -> None:
        """Read all of it from the beginning; what is in force stays until that is done."""
        self._assigned, self._unread = partitions, set(partitions)
        self._entries, self._wrong, self._pending = {}, {}, True
        topic = self._topic or ""
        client.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in sorted(partitions)])

    def _take(self, client: Consumer, message: Message) -> None:
        error = message.error()
        if error is None:
            self._pending = True
            self._note(message)
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            self._unread.discard(message.partition() or 0)
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
            _log.warning("camera_topic_went_back", topic=self._topic)
            self._begin(client, self._assigned)
        else:
            self._error = error.str()
            if is_fatal(error) and self._book is not None:
                self._barred = True
                self._book.refuse("topic", [f"the topic cannot be read: {error.name()}"])

    def _note(self, message: Message) -> None:
        raw, value = message.key(), message.value()
        key = (raw if isinstance(raw, bytes) else b"").decode("utf-8", "backslashreplace")
        if value is None:
            self._entries.pop(key, None)
            self._wrong.pop(key, None)
            return
        try:
            self._entries[key] = read_entry(key, read_json(value.decode("utf-8")))
            self._wrong.pop(key, None)
        except UnicodeDecodeError:
            self._wrong[key] = f"cameras.{key}: not UTF-8"
        except CameraError as error:
            self._wrong[key] = "; ".join(
                line if line.startswith("cameras.") else f"cameras.{key}: {line}"
                for line in error.problems
            )

    def _apply(self) -> None:
        if self._unread or not self._pending or self._book is None:
            return
        self._pending, self._applied_at = False, time.monotonic()
        self._book.replace("topic", self._entries, self._wrong)
        self._read.set()
