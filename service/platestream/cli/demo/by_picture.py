"""The demo's records by picture: the same pictures take turns as frames, again and again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platestream.cli.demo.tally import Tally


@dataclass(frozen=True, slots=True)
class DemoPicture:
    """One of the pictures that take turns as frames."""

    name: str
    data: bytes


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
