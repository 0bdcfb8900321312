"""What always holds, whatever is seen: order, repeats, saving at any moment, bounded memory."""

import random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.passages.settings import PassageSettings
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.tracker import PassageTracker
from tests.passages.drives import frame, passages_of, sighting

_SETTINGS: Final = PassageSettings(
    lateness_ms=1000, gap_ms=800, longest_s=5, standing_memory_s=20, max_tracks=6
)
_TEXTS: Final = ("XSNB23", "XSN823", "SNB23", "98THD4", "AB12", "", "k1:aa", "k1:bb")


# Streams are drawn from a seed: hypothesis chooses and shortens them, and they cost little.
def _stream(seed: int, length: int) -> list[FrameSightings]:
    """Frames of one camera in time order, at irregular times, some of the same moment."""
    noise, frames, at = random.Random(seed), [], 0
    for index in range(length):
        at += noise.choice((0, 40, 100, 100, 100, 200, 500, 1500, 9000))
        seen = [_sighting(noise, f"n{index}") for _ in range(noise.randint(0, 3))]
        frames.append(frame(at, *seen, frame_id=f"n{index}"))
    return frames


def _sighting(noise: random.Random, frame_id: str) -> Sighting:
    text = noise.choice(_TEXTS)
    return sighting(
        frame_id,
        text,
        x=noise.randint(0, 12) * 100,
        y=noise.randint(0, 7) * 100,
        width=noise.choice((40, 60, 100)),
        confidence=noise.choice((0.0, 0.2, 0.5, 0.9, 0.99, 1.0)),
        complete=noise.choice((None, True, False)),
        key_id="k1" if ":" in text else None,
    )


streams = st.builds(_stream, st.integers(0, 2**31), st.integers(1, 25))


def _shuffled(frames: list[FrameSightings], seed: int) -> list[FrameSightings]:
    """Another order in which no frame is later than the bound allows."""
    noise = random.Random(seed)
    delayed = [(one.captured_at + noise.randint(0, _SETTINGS.lateness_ms), one) for one in frames]
    return [one for _, one in sorted(delayed, key=lambda pair: pair[0])]


@settings(max_examples=40)
@given(streams, st.integers(0, 2**31))
def test_the_order_of_frames_does_not_matter_within_the_bound(
    frames: list[FrameSightings], seed: int
) -> None:
    assert passages_of(_shuffled(frames, seed), _SETTINGS) == passages_of(frames, _SETTINGS)


@settings(max_examples=40)
@given(streams, st.integers(0, 2**31))
def test_repeats_and_parts_do_not_matter(frames: list[FrameSightings], seed: int) -> None:
    noise = random.Random(seed)
    sent = []
    for one in frames:
        parts = [
            FrameSightings(
                camera_id=one.camera_id,
                frame_id=one.frame_id,
                captured_at=one.captured_at,
                source=one.source,
                sightings=(part,),
            )
            for part in one.sightings
        ]
        sent += noise.sample([one, one, *parts], k=len(parts) + 2)

    assert passages_of(_shuffled(sent, seed), _SETTINGS) == passages_of(frames, _SETTINGS)


@settings(max_examples=40)
@given(streams, st.sets(st.integers(0, 24)))
def test_a_restored_tracker_goes_on_as_if_nothing_had_been(
    frames: list[FrameSightings], moments: set[int]
) -> None:
    tracker = PassageTracker(_SETTINGS)
    told = []
    for index, one in enumerate(frames):
        if index in moments:
            state = tracker.to_state()
            tracker = PassageTracker.from_state(state, _SETTINGS)
            assert tracker.to_state() == state
        told += tracker.observe(one)

    assert told + tracker.finish() == passages_of(frames, _SETTINGS)


@settings(max_examples=40)
@given(streams)
def test_each_sighting_is_in_one_passage_at_most(frames: list[FrameSightings]) -> None:
    passages = passages_of(frames, _SETTINGS)

    assert len({one.passage_id for one in passages}) == len(passages)
    assert sum(one.looks for one in passages) <= sum(len(one.sightings) for one in frames)
    assert all(0 <= one.confidence <= 1 for one in passages)
    assert all(one.dwell_ms >= 0 and one.looks >= 1 for one in passages)


@settings(max_examples=40)
@given(streams, st.integers(0, 20_000))
def test_passing_time_changes_when_passages_are_told_but_not_which(
    frames: list[FrameSightings], silence: int
) -> None:
    tracker = PassageTracker(_SETTINGS)
    told = [passage for one in frames for passage in tracker.observe(one)]
    told += tracker.advance(tracker.clock_ms + silence)
    told += tracker.finish()

    assert told == passages_of(frames, _SETTINGS)


def test_memory_is_bounded_whatever_is_seen() -> None:
    narrow = PassageSettings(max_tracks=8, max_waiting_frames=16, lateness_ms=60_000)
    noise = random.Random(7)
    tracker = PassageTracker(narrow)
    largest = 0
    for index in range(200):
        plates = [
            sighting(
                f"n{index}",
                "".join(noise.choices("ABCDEFGH0123456789", k=7)),
                x=noise.randint(0, 1900),
                y=noise.randint(0, 1000),
                width=noise.choice((50, 100)),
                confidence=noise.random(),
            )
            for _ in range(3)
        ]
        tracker.observe(frame(index * 40, *plates, frame_id=f"n{index}"))
        largest = max(largest, len(tracker.to_state())) if index % 20 == 0 else largest

    assert tracker.open_tracks <= 8
    # 16 frames of 3 plates wait, 8 vehicles with 16 texts each are followed.
    assert largest < (16 * 3 + 8 * 16) * 600 + 20_000
