"""The audit: what a read_committed consumer found, held against what was sent. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.soak.plan import PlannedFrame

FAILED = -1


@dataclass(slots=True)
class Seen:
    """All that came out of one frame."""

    answers: list[int] = field(default_factory=list)  # plates of each result; FAILED if none
    plates: list[int] = field(default_factory=list)  # plate_index of each event
    failures: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is missing: a result, and what the result says there must be."""
        if not self.answers:
            return False
        if self.answers[0] == FAILED:
            return self.failures > 0
        return set(self.plates) >= set(range(self.answers[0]))

    @property
    def repeats(self) -> int:
        """Records that are there more than once."""
        again = max(0, len(self.answers) - 1) + max(0, self.failures - 1)
        return again + sum(count - 1 for count in Counter(self.plates).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the audit found.

    Attributes:
        frames: Frames that were sent.
        lost: Frames of which a result, a plate event or a failure is missing.
        doubled: Frames of which any record is there more than once.
        doubled_records: How many records too many.
        out_of_order: First appearances that came after a later frame of their camera.
        wrong: Answers that cannot be: a bad frame that was read, a good one that failed, a plate of
            a failed frame, or a frame that nobody sent.
    """

    frames: int
    lost: int
    doubled: int
    doubled_records: int
    out_of_order: int
    wrong: int

    def holds(self, guarantee: str) -> bool:
        """Whether the promise was kept."""
        doubled = self.doubled if guarantee == "exactly_once" else 0
        return not (self.lost or doubled or self.out_of_order or self.wrong)


class Audit:
    """Takes records in the order of their partition, gives a verdict at the end."""

    def __init__(self) -> None:
        self.frames: dict[str, Seen] = defaultdict(Seen)
        self.by_camera: Counter[str] = Counter()
        self.by_partition: Counter[int] = Counter()
        self.arrivals: list[tuple[int, float, float]] = []  # partition, created, arrived (epoch, s)
        self._event_ids: set[str] = set()
        self._foreign_repeats = 0
        self._out_of_order = 0
        self._last: dict[tuple[str, str], tuple[int, int]] = {}

    @property
    def finished(self) -> int:
        """Frames that have a result."""
        return sum(self.by_camera.values())

    def result(self, record: Mapping[str, Any], created: float, arrived: float) -> None:
        """Note a FrameResult; its times in seconds since the epoch."""
        seen = self.frames[record["frame_id"]]
        first = not seen.answers
        seen.answers.append(FAILED if record["result"] is None else len(record["result"]))
        partition = record["source"]["partition"]
        self.arrivals.append((partition, created, arrived))
        if first:
            self.by_camera[record["camera_id"]] += 1
            self.by_partition[partition] += 1
            self._check_order("result", record, 0)

    def plate(self, record: Mapping[str, Any]) -> None:
        """Note a PlateEvent."""
        index = record["plate_index"]
        seen = self.frames[record["frame_id"]]
        first = index not in seen.plates
        seen.plates.append(index)
        if first:
            self._check_order("plate", record, index)
            # The id of a new plate that was another plate's before: consumers would drop it.
            self._foreign_repeats += record["event_id"] in self._event_ids
        self._event_ids.add(record["event_id"])

    def failure(self, record: Mapping[str, Any]) -> None:
        """Note a FrameFailure."""
        seen = self.frames[record["frame_id"]]
        seen.failures += 1
        if seen.failures == 1:
            self._check_order("failure", record, 0)

    def _check_order(self, kind: str, record: Mapping[str, Any], index: int) -> None:
        camera, _, number = record["frame_id"].rpartition("/")
        here = (int(number), index)
        before = self._last.get((kind, camera))
        if before is not None and here < before:
            self._out_of_order += 1
        else:
            self._last[kind, camera] = here

    def verdict(self, plan: Iterable[PlannedFrame]) -> Verdict:
        """Hold everything against ``plan``."""
        sent = {frame.frame_id: frame for frame in plan}
        nothing = Seen()
        lost = sum(not self.frames.get(name, nothing).whole for name in sent)
        wrong = self._foreign_repeats
        for name, seen in self.frames.items():
            frame = sent.get(name)
            failed = seen.answers[:1] == [FAILED]
            wrong += (
                frame is None
                or (bool(seen.answers) and failed != frame.bad)
                or (failed and bool(seen.plates))
                or (not failed and seen.failures > 0)
                or len(set(seen.answers)) > 1
            )
        repeats = [seen.repeats for seen in self.frames.values()]
        return Verdict(
            frames=len(sent),
            lost=lost,
            doubled=sum(count > 0 for count in repeats),
            doubled_records=sum(repeats),
            out_of_order=self._out_of_order,
            wrong=wrong,
        )


def recovery(
    arrivals: Iterable[tuple[int, float, float]], at: float, partitions: Iterable[int]
) -> float | None:
    """Seconds from ``at`` until each of ``partitions`` had a committed result made after ``at``.

    None while one of them has none. Both times are of this machine's clock.
    """
    waiting, last = set(partitions), at
    for partition, created, arrived in arrivals:
        if partition in waiting and created > at:
            waiting.discard(partition)
            last = max(last, arrived)
    return None if waiting else last - at


def next_result(arrivals: Iterable[tuple[int, float, float]], at: float) -> float | None:
    """Seconds from ``at`` until any committed result that was made after it; None: none came."""
    after = [arrived for _, created, arrived in arrivals if created > at]
    return min(after) - at if after else None


def longest_gap(arrivals: Iterable[tuple[int, float, float]]) -> float:
    """The longest time without any committed result, between the first and the last, seconds."""
    times = sorted(arrived for _, _, arrived in arrivals)
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)
