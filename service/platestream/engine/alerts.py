"""Alerts: which matches are told, so that a vehicle in front of a camera is told once.

A match is told unless the same entry was matched by the same camera within the quiet time, by the
time of frames; a surer kind of match is told again. A pattern stands for many vehicles, so its
quiet time is that of each number that fits it.
"""

import uuid
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from platestream.engine.records import plate_record, source_record
from platestream.hotlists.hotlist import Match, MatchKind
from platestream.passages.sighting import FrameSightings, Sighting

# Version 5 UUID of "io.platestream.v1.Alert" in the standard namespace for object ids. Part of the
# contract: consumers recompute alert ids with it.
ALERT_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_OID, "io.platestream.v1.Alert")
# More listed vehicles at a time than any camera sees; the one not seen for longest goes.
_MOST: Final = 256
_SURENESS: Final = {MatchKind.NEAR: 0, MatchKind.PATTERN: 1, MatchKind.EXACT: 2}


@dataclass(slots=True)
class ToldAlerts:
    """What one camera has told of lately.

    Attributes:
        told: For each entry (and number): when it was last matched, milliseconds since the epoch,
            and how sure the surest match that was told is.
    """

    told: dict[str, tuple[int, int]] = field(default_factory=dict)

    def is_news(self, match: Match, read: str, at: int, quiet_ms: int) -> bool:
        """Whether a match is to be told; it is noted either way."""
        pattern = match.kind is MatchKind.PATTERN
        key = f"{match.entry.entry_id}/{read}" if pattern else match.entry.entry_id
        sureness = _SURENESS[match.kind]
        before = self.told.pop(key, None)
        if before is not None and abs(at - before[0]) <= quiet_ms:
            self.told[key] = (max(at, before[0]), max(sureness, before[1]))
            return sureness > before[1]
        self.told[key] = (at, sureness)
        if len(self.told) > _MOST:
            del self.told[next(iter(self.told))]
        return True

    def forget_before(self, moment: int) -> None:
        """Forget what was last matched before then."""
        if self.told and min(at for at, _ in self.told.values()) < moment:
            self.told = {key: value for key, value in self.told.items() if value[0] >= moment}


def alert_id(event_id: str, entry_id: str) -> str:
    """The id of the alert about a plate event and an entry."""
    return str(uuid.uuid5(ALERT_NAMESPACE, f"{event_id}/{entry_id}"))


def alert_record(
    frame: FrameSightings, sighting: Sighting, match: Match, alerted_at: int
) -> dict[str, Any]:
    """The Avro record ``Alert``."""
    entry = match.entry
    return {
        "alert_id": alert_id(sighting.event_id, entry.entry_id),
        "camera_id": frame.camera_id,
        "captured_at": frame.captured_at,
        "alerted_at": alerted_at,
        "match": match.kind.value,
        "probability": match.probability,
        "entry_id": entry.entry_id,
        "listed": entry.listed,
        "region": entry.region,
        "reason": entry.reason,
        "owner": entry.owner,
        "plate": plate_record(
            sighting.plate_number,
            sighting.plate_color,
            sighting.plate_location,
            sighting.confidence,
        ),
        "complete": sighting.complete,
        "event_id": sighting.event_id,
        "frame_id": frame.frame_id,
        "model": asdict(sighting.model),
        "source": source_record(frame.source),
    }
