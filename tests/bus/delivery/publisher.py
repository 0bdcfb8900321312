"""A publisher that acknowledges when and how the test says."""

from collections.abc import Callable

from confluent_kafka import KafkaError

from platestream.bus.delivery.publisher import Acknowledge, Publisher, Record

Refusal = Callable[[Record], KafkaError | None]


class FakePublisher(Publisher):
    """Keeps what it is given until the test acknowledges it."""

    def __init__(self, room: int = 1000) -> None:  # no producer, so no super().__init__()
        self.room = room
        self.sent: list[Record] = []
        self.open: list[tuple[Record, Acknowledge]] = []
        self.refuse_at_once: Refusal = lambda _: None
        self._fatal: KafkaError | None = None

    def produce(self, record: Record, acknowledge: Acknowledge) -> bool:
        if len(self.open) >= self.room:
            return False
        self.sent.append(record)
        if (error := self.refuse_at_once(record)) is not None:
            acknowledge(error)
        else:
            self.open.append((record, acknowledge))
        return True

    def poll(self, timeout: float = 0.0) -> None:
        pass

    def flush(self, timeout: float) -> int:  # noqa: ARG002
        return len(self.open)

    def discard(self) -> None:
        self.open.clear()

    def acknowledge(self, index: int = 0, code: int | None = None) -> None:
        _, callback = self.open.pop(index)
        callback(None if code is None else KafkaError(code))
