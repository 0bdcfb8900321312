"""The dead-letter limit: bad cameras never stop the stream, a bad deployment does."""

import pytest

from platestream.bus.configuration.failures import DeadLetterSettings
from platestream.bus.flow.dead_letters import DeadLetterLimit, DeadLetterLimitError
from platestream.bus.partitions import Partition
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.frames import Frame, SourceRef
from platestream.stream.outcome import FrameOutcome
from tests.stream.fakes import MODEL


def limit(**changes: object) -> DeadLetterLimit:
    given = {"window_frames": 20, "min_cameras": 3, **changes}
    return DeadLetterLimit(DeadLetterSettings.model_validate(given))


def outcome(
    camera: int, code: ErrorCode | None = None, at: tuple[int, int] = (0, 0)
) -> FrameOutcome:
    frame = Frame(
        frame_id="f", camera_id=f"camera-{camera}", captured_at=0, source=SourceRef("t", *at)
    )
    if code is None:
        return FrameOutcome.read(frame, (), MODEL)
    return FrameOutcome.failed(frame, FrameError(code), MODEL)


def read(counted: DeadLetterLimit, camera: int, at: tuple[int, int] = (0, 0)) -> None:
    """A frame that is read, and whose answer brokers have taken."""
    counted.note(outcome(camera, at=at))
    counted.delivered(outcome(camera, at=at))


BAD = ErrorCode.PICTURE_DAMAGED
OURS = ErrorCode.RECOGNITION_FAILED


def test_a_deployment_that_reads_nothing_stops() -> None:
    counted = limit()
    for n in range(19):
        counted.note(outcome(n % 3, BAD))
    with pytest.raises(DeadLetterLimitError):
        counted.note(outcome(0, BAD))


def test_bad_cameras_alone_do_not_stop_it_however_long() -> None:
    counted = limit()
    for n in range(500):
        counted.note(outcome(n % 2, BAD))


def test_one_frame_that_is_read_acquits_the_deployment_for_good() -> None:
    counted = limit()
    for n in range(19):
        counted.note(outcome(n, BAD))
    read(counted, 99)
    for n in range(500):
        counted.note(outcome(n, BAD))


def test_our_own_codes_stop_it_at_any_time_and_of_any_camera() -> None:
    counted = limit(max_own_ratio=0.5)
    for n in range(100):
        read(counted, 0, (0, n))
    for _ in range(9):
        counted.note(outcome(0, OURS))
    with pytest.raises(DeadLetterLimitError, match="50%"):
        counted.note(outcome(0, OURS))


def test_our_own_codes_below_the_share_do_not() -> None:
    counted = limit(max_own_ratio=0.5)
    for n in range(400):
        if n % 20 < 9:
            counted.note(outcome(0, OURS))
        else:
            read(counted, 0, (0, n))


@pytest.mark.parametrize("code", [ErrorCode.URL_FETCH_FAILED, ErrorCode.TIMEOUT])
def test_what_is_away_elsewhere_is_not_ours(code: ErrorCode) -> None:
    counted = limit(max_own_ratio=0.5)
    read(counted, 0)
    for n in range(500):
        counted.note(outcome(n, code))


def test_the_text_names_the_setting_and_where_the_failures_are() -> None:
    counted = limit(window_frames=4, min_cameras=2)
    for n, at in enumerate([(0, 7), (1, 20), (0, 9)]):
        counted.note(outcome(n, BAD, at))
    with pytest.raises(DeadLetterLimitError) as stop:
        counted.note(outcome(3, BAD, (0, 12)))
    assert "kafka.dead_letters.window_frames: 4" in str(stop.value)
    assert str(stop.value).endswith("failures at t[0] 7 to 12, t[1] 20 to 20")


def test_of_our_own_code_the_text_names_what_is_in_the_window() -> None:
    counted = limit(window_frames=4, max_own_ratio=0.75)
    for offset in range(10):
        read(counted, 0, (0, offset))
    counted.note(outcome(0, OURS, (0, 10)))
    counted.note(outcome(0, OURS, (3, 2)))
    with pytest.raises(DeadLetterLimitError) as stop:
        counted.note(outcome(0, OURS, (0, 11)))
    assert "kafka.dead_letters.max_own_ratio: 0.75" in str(stop.value)
    assert str(stop.value).endswith("failures at t[0] 10 to 11, t[3] 2 to 2")


def test_of_many_partitions_the_text_names_some() -> None:
    counted = limit()
    for n in range(19):
        counted.note(outcome(n, BAD, (n, 0)))
    with pytest.raises(DeadLetterLimitError, match=r"t\[7\] 0 to 0 and 12 more partitions$"):
        counted.note(outcome(19, BAD, (19, 0)))


def test_an_answer_that_is_refused_is_no_frame_that_was_read() -> None:
    counted = limit()
    for n in range(200):  # more of them are on their way than are looked at
        counted.note(outcome(n, at=(0, n)))
    for n in range(19):
        counted.refused(outcome(n, OURS, (0, n)))
    with pytest.raises(DeadLetterLimitError, match=r"failures at t\[0\] 0 to 19$"):
        counted.refused(outcome(19, OURS, (0, 19)))


def test_a_failure_that_was_too_large_for_its_topic_counts_once() -> None:
    counted = limit()
    for n in range(19):
        counted.note(outcome(n, OURS, (0, n)))
        counted.refused(outcome(n, OURS, (0, n)))
    with pytest.raises(DeadLetterLimitError):
        counted.note(outcome(19, OURS, (0, 19)))


def test_an_answer_that_is_on_its_way_may_be_the_first_that_is_read() -> None:
    counted = limit()
    counted.note(outcome(0, at=(7, 0)))
    for n in range(500):
        counted.note(outcome(n, BAD))
    counted.delivered(outcome(0, at=(7, 0)))
    for n in range(500):
        counted.note(outcome(n, BAD))


def test_an_answer_that_will_never_be_delivered_is_waited_for_no_longer() -> None:
    counted = limit()
    counted.note(outcome(0, at=(7, 0)))
    for n in range(100):
        counted.note(outcome(n, BAD))
    counted.forget([Partition("t", 7)])
    with pytest.raises(DeadLetterLimitError, match="none of the first 101 frames"):
        counted.note(outcome(0, BAD))


def test_it_can_be_switched_off() -> None:
    counted = limit(enabled=False)
    for n in range(500):
        counted.note(outcome(n, OURS))
