"""The message that a failure record tells of: kept in the record, or still on its topic."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from platestream.bus.errors import BusError, is_fatal
from platestream.contract.identity import ATTRIBUTE_HEADER_PREFIX, UNKNOWN_CAMERA

# A live broker answers in milliseconds; an election takes seconds.
ANSWER_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.2
_IDENTITY: Final = frozenset({"frame_id", "camera_id", "captured_at"})
Headers = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True, slots=True)
class Original:
    """The frame message that failed, as far as it can be had.

    Attributes:
        value: Its value.
        key: Its key.
        headers: Those of its headers that do not say who the frame is.
    """

    value: bytes
    key: bytes | None
    headers: Headers


class Originals:
    """Finds them.

    Args:
        configuration: librdkafka's settings of the consumer that reads them again.
        serve: Called now and then while an answer is waited for.
    """

    def __init__(self, configuration: dict[str, Any], serve: Callable[[], object]) -> None:
        self._consumer = Consumer(configuration)
        self._serve = serve

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    def find(self, failure: Mapping[str, Any]) -> Original | None:
        """The message of a ``FrameFailure``; None when it is no longer kept.

        Raises:
            BusError: The cluster does not say.
        """
        if failure["payload"] is not None:
            camera = failure["camera_id"]
            key = None if camera == UNKNOWN_CAMERA else camera.encode()
            return Original(failure["payload"], key, [])
        source = failure["source"]
        if not source["topic"] or source["partition"] < 0 or source["offset"] < 0:
            return None
        where = TopicPartition(source["topic"], source["partition"], source["offset"])
        self._consumer.assign([where])
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            message = self._consumer.poll(POLL_SECONDS)
            self._serve()
            if message is None:
                continue
            error = message.error()
            if error is None:
                # Another offset: compaction or retention took it between two looks.
                wanted = message.offset() == where.offset
                return _as_original(message) if wanted else None
            if error.code() in (
                KafkaError._PARTITION_EOF,  # noqa: SLF001
                KafkaError._AUTO_OFFSET_RESET,  # noqa: SLF001
                KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
                KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
                KafkaError.UNKNOWN_TOPIC_OR_PART,
            ):
                return None
            if is_fatal(error):
                raise BusError(error.str())
        raise BusError(f"no answer for {where.topic} [{where.partition}] at {where.offset}")


def _as_original(message: Message) -> Original | None:
    value = message.value()
    if value is None:
        return None
    given = message.headers() or []
    pairs = list(given.items()) if isinstance(given, dict) else given
    others = [
        (name, content)
        for name, content in pairs
        if name not in _IDENTITY and not name.startswith(ATTRIBUTE_HEADER_PREFIX)
    ]
    return Original(value, message.key(), others)
