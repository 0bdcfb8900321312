"""Publishes frames onto the frames topic: each once and in order, and says what became of it."""

from collections.abc import Callable
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from platestream.bus.clients.client_log import logged
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.configuration.properties import producer_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import RECORD_ERRORS, BusError, advised, error_of
from platestream.contract.sending import FrameMessage

Delivered = Callable[[str | None], None]
"""Told once for each frame: None when it is on the topic, else ``too_large`` or ``undelivered``."""

TOO_LARGE: Final = "too_large"
UNDELIVERED: Final = "undelivered"


class FrameSender:
    """An idempotent producer of the frames topic.

    All methods are called by one thread; what became of a frame is told within them.

    Args:
        settings: Cluster and topics; ``max_record_bytes`` bounds a frame, too.

    Raises:
        ConfigurationError: The settings cannot be used.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._topic = settings.topics.frames
        configuration = {
            **logged(producer_configuration(settings)),
            # Pictures are compressed already.
            "compression.type": "none",
            "error_cb": self._on_error,
        }
        try:
            self._producer = Producer(configuration)
        except KafkaException as exception:
            raise BusError(error_of(exception).str()) from exception
        self._fatal: str | None = None

    def open(self, given_up: Callable[[], bool] = lambda: False) -> bool:
        """See that the topic is there, or make it where ``create_topics`` says so.

        Returns:
            False when ``given_up()`` became true before the cluster answered.

        Raises:
            StartError: The cluster does not answer or let us in, or has no such topic.
        """
        return ensure_topics(self._settings, given_up, needed=(self._topic,))

    def send(self, message: FrameMessage, delivered: Delivered) -> bool:
        """Hand a frame over; there is no room for it while this returns False.

        Raises:
            BusError: The producer is at its end.
        """

        def on_delivery(error: KafkaError | None, _message: Message) -> None:
            if error is None:
                delivered(None)
            else:
                delivered(TOO_LARGE if error.code() in RECORD_ERRORS else UNDELIVERED)

        self._check()
        try:
            self._producer.produce(
                self._topic,
                value=message.value,
                key=message.key,
                headers=list(message.headers),
                on_delivery=on_delivery,
            )
        except BufferError:
            return False
        except KafkaException as exception:
            error = error_of(exception)
            if error.code() in RECORD_ERRORS:
                delivered(TOO_LARGE)
                return True
            raise BusError(advised(error)) from exception
        return True

    def serve(self, seconds: float = 0.0) -> None:
        """Take acknowledgements, waiting so long for one.

        Raises:
            BusError: The producer is at its end.
        """
        try:
            self._producer.poll(seconds)
        except KafkaException as exception:
            raise BusError(error_of(exception).str()) from exception
        self._check()

    def pending(self) -> int:
        """Frames whose end is not known yet."""
        return len(self._producer)

    def abandon(self) -> None:
        """Give up what is pending; each is told as undelivered."""
        self._producer.purge()
        self._producer.flush(1.0)

    def _on_error(self, error: KafkaError) -> None:
        # All others are information: librdkafka goes on by itself, and its log says so.
        if error.fatal():
            self._fatal = self._fatal or advised(error)

    def _check(self) -> None:
        if self._fatal is not None:
            raise BusError(self._fatal)
