"""Which frames are too old to be read."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from platestream.bus.configuration.failures import DeadLetterSettings, StaleFrameSettings
from platestream.bus.flow.dead_letters import DeadLetterLimit
from platestream.bus.flow.staleness import stale_outcome
from platestream.contract.errors import ErrorCode
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.readings import ModelRef
from platestream.stream.outcome import FrameOutcome, now_ms

MODEL = ModelRef(name="m", version="1")
SKIP = StaleFrameSettings(policy="skip", max_age_seconds=60)


def frame(age: float, camera: str = "gate-1") -> Frame:
    captured = now_ms() - round(age * 1000)
    source = SourceRef("frames", 0, 0)
    return Frame(frame_id="1", camera_id=camera, captured_at=captured, source=source, image=b"x")


def judged(age: float, sent: float | None, settings: StaleFrameSettings = SKIP) -> bool:
    sent_at = None if sent is None else now_ms() - round(sent * 1000)
    return stale_outcome(frame(age), sent_at, settings, MODEL) is not None


@pytest.mark.parametrize(
    ("age", "sent", "stale"),
    [
        (50, 50, False),
        (70, 70, True),
        (70, 1, True),  # kept by its camera before it was sent
        (50, None, False),
        (70, None, True),
        (-3600, -3600, False),  # camera and sender are ahead of us
        (-3600, 70, True),  # the camera alone is: it was sent long ago
        (-3600, 50, False),
    ],
)
def test_the_age_is_that_of_the_earlier_of_capture_and_sending(
    age: float, sent: float | None, stale: bool
) -> None:
    assert judged(age, sent) is stale


def test_a_message_time_that_is_none_says_nothing() -> None:
    # Seconds that were sent as milliseconds: a day in January 1970.
    assert stale_outcome(frame(1), now_ms() // 1000, SKIP, MODEL) is None


def test_every_frame_is_read_by_default() -> None:
    assert not judged(10**8, 10**8, StaleFrameSettings())


def test_a_replayed_frame_is_read_however_old() -> None:
    marked = MappingProxyType({"replayed_from": "frames/0/7"})
    assert stale_outcome(replace(frame(10**6), attributes=marked), None, SKIP, MODEL) is None


def test_the_failure_has_a_documented_code_and_says_how_old() -> None:
    settings = StaleFrameSettings(policy="dead_letter", max_age_seconds=0.5)
    outcome = stale_outcome(frame(90), None, settings, MODEL)
    assert outcome is not None
    assert outcome.error is not None
    assert outcome.error.code is ErrorCode.TIMEOUT
    assert "90 s old, more than 0.5 s" in outcome.error.message
    assert (outcome.kind, outcome.transient) == ("failed", False)


def test_stale_frames_are_no_sign_of_a_bad_deployment() -> None:
    limit = DeadLetterLimit(DeadLetterSettings(window_frames=5, min_cameras=2))
    settings = StaleFrameSettings(policy="dead_letter")
    ends: list[FrameOutcome | None] = [
        stale_outcome(frame(90, f"gate-{n}"), None, settings, MODEL) for n in range(20)
    ]
    for outcome in ends:
        assert outcome is not None
        limit.note(outcome)  # would raise
