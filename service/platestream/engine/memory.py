"""What is kept of one camera between its frames, and its form in the state store."""

import json
from dataclasses import dataclass, field
from typing import Final, Self

from platestream.engine.alerts import ToldAlerts
from platestream.passages.settings import PassageSettings
from platestream.passages.tracker import PassageTracker

_LENGTH_BYTES: Final = 4


@dataclass(slots=True)
class CameraMemory:
    """One camera.

    Attributes:
        tracker: Follows its vehicles.
        alerts: What was told of it lately.
        processed_at: When the service read its newest frame, milliseconds since the epoch.
    """

    tracker: PassageTracker
    alerts: ToldAlerts = field(default_factory=ToldAlerts)
    processed_at: int = 0

    def to_bytes(self) -> bytes:
        """Length of the head, head as JSON, state of the tracker."""
        head = json.dumps(
            {"told": self.alerts.told, "processed_at": self.processed_at}, separators=(",", ":")
        ).encode()
        return len(head).to_bytes(_LENGTH_BYTES, "big") + head + self.tracker.to_state()

    @classmethod
    def from_bytes(cls, state: bytes, settings: PassageSettings) -> Self:
        """What :meth:`to_bytes` made."""
        end = _LENGTH_BYTES + int.from_bytes(state[:_LENGTH_BYTES], "big")
        head = json.loads(state[_LENGTH_BYTES:end])
        return cls(
            tracker=PassageTracker.from_state(state[end:], settings),
            alerts=ToldAlerts({key: (at, sure) for key, (at, sure) in head["told"].items()}),
            processed_at=head["processed_at"],
        )
