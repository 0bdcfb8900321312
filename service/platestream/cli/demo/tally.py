"""The demo's book-keeping: every frame sent, and what came back for it on each topic, by picture.

The figures are counted from what a plain consumer saw, never from what the service says of itself.
A frame's end is its record on the results topic; the plate and failure topics must agree with it.
The same pictures take turns as frames, so the records are also looked at by picture.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoPicture:
    """One of the pictures that take turns as frames."""

    name: str
    data: bytes


@dataclass(slots=True)
class SentFrame:
    """One frame on its way: which picture it carried, when it left (s) and its size (bytes)."""

    picture: int
    sent_at: float
    size: int


@dataclass(slots=True)
class Tally:
    """Counts frames in and records out, by frame id and event id.

    Attributes:
        sent: Frames handed to the broker, by frame id.
        results: The first result record of each frame.
        plates: The first plate event of each event id.
        failures: The first failure record of each frame.
        latencies: Seconds from sending to the arrival of the result, by frame id.
        repeats: Records that came a second time.
        strangers: Records of frames that were never sent.
    """

    sent: dict[str, SentFrame] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    plates: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, dict[str, Any]] = field(default_factory=dict)
    latencies: dict[str, float] = field(default_factory=dict)
    repeats: int = 0
    strangers: int = 0
    _plates_of: dict[str, int] = field(default_factory=dict)
    _bytes_in_flight: int = 0
    _plates_due: int = 0
    _failures_due: int = 0
    _last_at: float = 0.0

    def note_sent(self, frame_id: str, picture: int, size: int, at: float) -> None:
        """A frame leaves at time ``at`` (s, any monotonic clock)."""
        self.sent[frame_id] = SentFrame(picture, at, size)
        self._bytes_in_flight += size

    def note_result(self, record: dict[str, Any], at: float) -> None:
        """A result record arrives."""
        frame_id = record["frame_id"]
        if not self._is_first(frame_id, frame_id, self.results):
            return
        self.results[frame_id] = record
        sent = self.sent[frame_id]
        self.latencies[frame_id] = at - sent.sent_at
        self._bytes_in_flight -= sent.size
        self._last_at = max(self._last_at, at)
        if record["result"] is None:
            self._failures_due += 1
        else:
            self._plates_due += len(record["result"])

    def note_plate(self, record: dict[str, Any]) -> None:
        """A plate event arrives."""
        if self._is_first(record["frame_id"], record["event_id"], self.plates):
            self.plates[record["event_id"]] = record
            frame_id = record["frame_id"]
            self._plates_of[frame_id] = self._plates_of.get(frame_id, 0) + 1

    def note_failure(self, record: dict[str, Any]) -> None:
        """A failure record arrives."""
        if self._is_first(record["frame_id"], record["frame_id"], self.failures):
            self.failures[record["frame_id"]] = record

    @property
    def frames_in_flight(self) -> int:
        """Frames sent whose result has not arrived."""
        return len(self.sent) - len(self.results)

    @property
    def bytes_in_flight(self) -> int:
        """Bytes of the frames in flight."""
        return self._bytes_in_flight

    def is_complete(self, frames: int) -> bool:
        """Whether ``frames`` frames were sent and everything due for them has arrived."""
        return (
            len(self.results) >= frames
            and len(self.plates) >= self._plates_due
            and len(self.failures) >= self._failures_due
        )

    def discrepancies(self) -> list[str]:
        """What does not add up, in words; empty when nothing was lost, repeated or contradicted."""
        lost = len(self.sent) - len(self.results)
        contradicting = sum(
            self._plates_of.get(frame_id, 0) != len(record["result"] or ())
            or (frame_id in self.failures) != (record["result"] is None)
            for frame_id, record in self.results.items()
        )
        found = (
            (lost, "frames without a result"),
            (self.repeats, "records delivered twice"),
            (self.strangers, "records of unknown frames"),
            (contradicting, "frames whose result and events contradict each other"),
        )
        return [f"{number} {words}" for number, words in found if number]

    def summary(self) -> dict[str, Any]:
        """The figures, JSON-ready. ``lost`` is what ``produced`` has beyond the other three."""
        ends = [record["result"] for record in self.results.values()]
        failed = sum(end is None for end in ends)
        with_plates = sum(bool(end) for end in ends)
        milliseconds = [seconds * 1000 for seconds in self.latencies.values()]
        first = min((frame.sent_at for frame in self.sent.values()), default=0.0)
        seconds = self._last_at - first
        return {
            "produced": len(self.sent),
            "with_plates": with_plates,
            "empty": len(ends) - failed - with_plates,
            "failed": failed,
            "lost": len(self.sent) - len(self.results),
            "repeated": self.repeats,
            "plates": sorted(self.plates.values(), key=_place),
            "latency_ms": {"p50": _quantile(milliseconds, 50), "p99": _quantile(milliseconds, 99)},
            "frames_per_second": len(self.results) / seconds if seconds > 0 else 0.0,
        }

    def _is_first(self, frame_id: str, record_id: str, seen: Mapping[str, object]) -> bool:
        if frame_id not in self.sent:
            self.strangers += 1
            return False
        if record_id in seen:
            self.repeats += 1
            return False
        return True


def _place(event: Mapping[str, Any]) -> tuple[str, int]:
    return event["frame_id"], event["plate_index"]


def _quantile(values: list[float], percent: int) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 3)
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 3)


class SeenPictures:
    """The tally's records, by picture."""

    def __init__(self, pictures: Sequence[DemoPicture], tally: Tally) -> None:
        self._pictures = pictures
        self._tally = tally
        self._frames: list[list[str]] = [[] for _ in pictures]
        for frame_id, sent in tally.sent.items():
            self._frames[sent.picture].append(frame_id)
        self._events: dict[str, list[dict[str, Any]]] = {}
        for event in tally.plates.values():
            self._events.setdefault(event["frame_id"], []).append(event)

    def was_read(self, index: int) -> bool:
        """Whether a frame of this picture came through, with plates or without."""
        results = self._tally.results
        return any(
            results[frame]["result"] is not None
            for frame in self._frames[index]
            if frame in results
        )

    def latest_events(self, index: int) -> list[dict[str, Any]]:
        """The plate events of the last frame of this picture that came through."""
        for frame in reversed(self._frames[index]):
            result = self._tally.results.get(frame)
            if result is not None and result["result"] is not None:
                return sorted(self._events.get(frame, []), key=lambda e: int(e["plate_index"]))
        return []

    def agreement(self, index: int, event: Mapping[str, Any]) -> dict[str, int]:
        """In how many of this picture's frames the plate was read the same."""
        number = event["plate"]["plate_number"]
        same = sum(
            any(other["plate"]["plate_number"] == number for other in self._events.get(frame, []))
            for frame in self._frames[index]
        )
        return {"same": same, "frames": len(self._frames[index])}

    def failures(self) -> list[dict[str, Any]]:
        """The failed frames, by picture and code."""
        groups: dict[tuple[int, str], dict[str, Any]] = {}
        for frame_id, record in self._tally.failures.items():
            index = self._tally.sent[frame_id].picture
            group = groups.setdefault(
                (index, record["error_code"]),
                {
                    "picture": self._pictures[index].name,
                    "code": record["error_code"],
                    "message": record["error_msg"],
                    "frames": 0,
                },
            )
            group["frames"] += 1
        return [groups[key] for key in sorted(groups)]
