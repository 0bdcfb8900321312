"""Measuring passages on clips: every frame through the reader and the tracker, then the account."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from platestream.cli.evaluate.clips import Clip, ClipFrame
from platestream.cli.pictures import load
from platestream.contract.errors import FrameError
from platestream.passages.passage import Passage
from platestream.passages.settings import PassageSettings
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.tracker import PassageTracker
from platestream.stream.reader import PictureReader
from platestream.vision.isolated import read_safely
from platestream.vision.settings import PictureLimits

# Clips begin at a time that cameras may send: the contract knows none before 2000.
_BEGIN_MS: Final = 1_700_000_000_000
# A passage that shares half of its characters with a number, in their order, is of that vehicle.
_SAME_VEHICLE_RATIO: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOutcome:
    """What came of a clip.

    Attributes:
        clip: The clip.
        seen: The readings of each of its frames.
        passages: The passages made of them.
        unreadable: Frames that could not be opened.
    """

    clip: Clip
    seen: tuple[tuple[Sighting, ...], ...]
    passages: tuple[Passage, ...]
    unreadable: int


def read_clip(
    clip: Clip, reader: PictureReader, limits: PictureLimits, settings: PassageSettings
) -> ClipOutcome:
    """Read the frames of a clip, one by one, and make passages of them."""
    seen: list[tuple[Sighting, ...]] = []
    unreadable = 0
    for frame in clip.frames:
        sightings = _sightings(clip, frame, reader, limits)
        unreadable += sightings is None
        seen.append(sightings or ())
    passages = passages_of(clip, seen, settings)
    return ClipOutcome(clip=clip, seen=tuple(seen), passages=tuple(passages), unreadable=unreadable)


def passages_of(
    clip: Clip, seen: Sequence[tuple[Sighting, ...]], settings: PassageSettings
) -> list[Passage]:
    """The passages of a clip of which every frame's readings are known; frames come in order."""
    tracker = PassageTracker(settings.model_copy(update={"lateness_ms": 0}))
    passages: list[Passage] = []
    for frame, sightings in zip(clip.frames, seen, strict=True):
        passages += tracker.observe(
            FrameSightings(
                camera_id=clip.name,
                frame_id=str(frame.index),
                captured_at=_BEGIN_MS + round(frame.seconds * 1000),
                sightings=sightings,
            )
        )
    return passages + tracker.finish()


def _sightings(
    clip: Clip, frame: ClipFrame, reader: PictureReader, limits: PictureLimits
) -> tuple[Sighting, ...] | None:
    picture = load(frame.path, limits).picture
    if picture is None:
        return None
    [answer] = read_safely(reader.read, [picture])
    if isinstance(answer, FrameError):
        return None
    return tuple(
        Sighting.of_reading(
            reading, event_id=f"{clip.name}/{frame.index}/{number}", model=reader.model
        )
        for number, reading in enumerate(answer)
    )


@dataclass(slots=True)
class Account:
    """What became of the vehicles: each expected one is right, misread, missed, split or merged.

    Attributes:
        expected: Vehicles that drive by.
        right: One passage, and its number is right.
        misread: One passage with a wrong number.
        missed: No passage, and no frame read the number either.
        split: More than one passage.
        merged: No passage of its own, though frames read its number: another's passage took them.
        false: Passages of no vehicle.
        voted: Vehicles of which some passage has the right number.
    """

    expected: int = 0
    right: int = 0
    misread: int = 0
    missed: int = 0
    split: int = 0
    merged: int = 0
    false: int = 0
    voted: int = 0

    def count(self, outcome: ClipOutcome) -> None:
        """Add a clip."""
        texts = outcome.clip.texts
        passages_by: dict[str, list[str]] = {text: [] for text in texts}
        for passage in outcome.passages:
            vehicle = _vehicle_of(passage.plate_number, texts)
            if vehicle is None:
                self.false += 1
            else:
                passages_by[vehicle].append(passage.plate_number)
        read = {one.plate_number for frame in outcome.seen for one in frame}
        for text, numbers in passages_by.items():
            self.expected += 1
            self.voted += text in numbers
            if len(numbers) > 1:
                self.split += 1
            elif not numbers:
                self.merged += text in read
                self.missed += text not in read
            else:
                self.right += numbers == [text]
                self.misread += numbers != [text]


def _vehicle_of(number: str, texts: Iterable[str]) -> str | None:
    alike = [(SequenceMatcher(None, text, number, autojunk=False).ratio(), text) for text in texts]
    best = max(alike, default=(0.0, ""))
    return best[1] if best[0] >= _SAME_VEHICLE_RATIO else None


def figures(outcomes: Sequence[ClipOutcome]) -> dict[str, Any]:
    """All figures over clips, JSON-ready; fractions are 0..1, None where nothing can be counted."""
    account = Account()
    shown = read = 0
    for outcome in outcomes:
        account.count(outcome)
        for frame, sightings in zip(outcome.clip.frames, outcome.seen, strict=True):
            numbers = {one.plate_number for one in sightings}
            shown += len(frame.texts)
            read += sum(text in numbers for text in frame.texts)
    counts = {name: getattr(account, name) for name in Account.__slots__}
    voted = counts.pop("voted")
    return {
        "clips": len(outcomes),
        "frames": sum(len(outcome.clip.frames) for outcome in outcomes),
        "unreadable_pictures": sum(outcome.unreadable for outcome in outcomes),
        "passages": counts,
        "single_frame_read": read / shown if shown else None,
        "voted_read": voted / account.expected if account.expected else None,
    }


def evaluate_clips(
    clips: Iterable[Clip],
    reader: PictureReader,
    limits: PictureLimits,
    settings: PassageSettings,
    *,
    progress: Callable[[], None] = lambda: None,
) -> list[ClipOutcome]:
    """Read every clip."""
    outcomes = []
    for clip in clips:
        outcomes.append(read_clip(clip, reader, limits, settings))
        progress()
    return outcomes
