"""Which dead letters a replay takes, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which failures. What is empty or None selects all.

    Attributes:
        codes: Error codes, such as ``ModelArts.4603``.
        cameras: Camera ids.
        since: Failed at or after this, milliseconds since the epoch.
        until: Failed before this, milliseconds since the epoch.
        limit: Most frames.
    """

    codes: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None
    limit: int | None = None

    def takes(self, failure: Mapping[str, Any]) -> bool:
        """Whether a ``FrameFailure`` is one of them."""
        return (
            (not self.codes or failure["error_code"] in self.codes)
            and (not self.cameras or failure["camera_id"] in self.cameras)
            and (self.since is None or failure["failed_at"] >= self.since)
            and (self.until is None or failure["failed_at"] < self.until)
        )


@dataclass(slots=True)
class ReplaySummary:
    """What a replay came to.

    Attributes:
        read: Records of the failures topic that were looked at.
        selected: Frames that were selected, each once.
        replayed: Frames that are on the frames topic again (with ``dry_run``: would be).
        again: Those of the replayed that had been replayed before, and failed again.
        repeated: Older failures of selected frames.
        gone: Selected frames whose message is neither in the record nor provably in its topic.
        unreadable: Records that are no ``FrameFailure``.
        unknown_schemas: Those of the unreadable whose schema is not known here.
        by_code: Frames that were replayed, by error code.
    """

    read: int = 0
    selected: int = 0
    replayed: int = 0
    again: int = 0
    repeated: int = 0
    gone: int = 0
    unreadable: int = 0
    unknown_schemas: int = 0
    by_code: dict[str, int] = field(default_factory=dict)
