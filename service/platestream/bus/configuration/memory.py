"""How much memory the frames of a back-log can take, from the settings alone.

An upper bound of what is added to a service that is warm and idle: interpreter, libraries, models
and their buffers (which the warm-up makes, for every batch size) are there before. Each term is
held by one place in the code; ``docs/GUARANTEES.md`` has the formula in words.
"""

from dataclasses import dataclass
from typing import Final

from platestream.bus.configuration.properties import consumer_configuration, producer_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.contract.messages import DEFAULT_LIMITS, MessageLimits
from platestream.stream.settings import StreamSettings
from platestream.vision.settings import PictureLimits

_KIB: Final = 1024
_CHANNELS: Final = 3
# A message while it is opened: its value, its text (JSON, base64) and its picture.
_OPENING_COPIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryBound:
    """The terms, in bytes.

    Attributes:
        prefetched: Messages that the client library fetched ahead.
        in_flight: Frames between their consumption and their delivery, as they came.
        opening: Copies of the one message that is being opened.
        fetched: Pictures that were fetched by URL and wait for their decoding.
        decoded: Pixels that wait for or are in inference, and of pictures being decoded.
        sending: Records that wait for the brokers.
    """

    prefetched: int
    in_flight: int
    opening: int
    fetched: int
    decoded: int
    sending: int

    @property
    def total(self) -> int:
        """All of it, bytes."""
        return (
            self.prefetched
            + self.in_flight
            + self.opening
            + self.fetched
            + self.decoded
            + self.sending
        )


def memory_bound(
    kafka: KafkaSettings,
    stream: StreamSettings,
    pictures: PictureLimits,
    *,
    messages: MessageLimits = DEFAULT_LIMITS,
    brokers: int = 1,
    by_url: bool = True,
) -> MemoryBound:
    """The most that frames can add to the memory of a warm, idle service.

    Args:
        kafka: The Kafka interface's settings, pass-through ones included.
        stream: Batches, pools and budgets.
        pictures: What a picture may be.
        messages: What a message may be.
        brokers: How many lead partitions of the frames topic: each may answer one fetch more than
            was asked to be fetched ahead.
        by_url: Whether frames may come as URLs.
    """
    consumer, producer = consumer_configuration(kafka), producer_configuration(kafka)
    largest = messages.max_message_bytes
    picture = _CHANNELS * pictures.max_side**2
    fetch = max(int(consumer["fetch.max.bytes"]), largest)
    workers = stream.decode_workers + (stream.fetch_workers if by_url else 0)
    return MemoryBound(
        prefetched=int(consumer["queued.max.messages.kbytes"]) * _KIB + brokers * fetch,
        in_flight=stream.max_in_flight_bytes + largest,
        opening=_OPENING_COPIES * largest,
        fetched=stream.fetch_workers * pictures.max_bytes if by_url else 0,
        # A picture being decoded is in the budget; turned upright, it is there twice.
        decoded=max(stream.max_decoded_bytes, picture) + workers * picture,
        sending=int(producer["queue.buffering.max.kbytes"]) * _KIB,
    )
