"""Which frames go on, with which time, and in which form."""

import threading

import numpy as np
import pytest

from platestream.contract.errors import FrameError
from platestream.contract.sending import FrameIdentity
from platestream.feed.motion import MotionGate
from platestream.feed.outbox import Outbox, OutgoingFrame
from platestream.feed.pacing import CaptureClock, RateLimit
from platestream.feed.picture import SourcePicture, TooLargeError
from platestream.feed.settings import MotionSettings
from platestream.vision.arrays import UInt8Array
from tests.feed.pictures import jpeg, number_of, numbered


@pytest.mark.parametrize(
    ("source_fps", "fps", "seconds", "kept"),
    [(25, 10, 10, 100), (12, 12, 10, 120), (30, 25, 10, 250), (5, 10, 10, 50), (25, 0.5, 20, 10)],
)
def test_a_rate_is_kept_on_average_whatever_the_jitter(
    source_fps: float, fps: float, seconds: int, kept: int
) -> None:
    random = np.random.default_rng(1)
    limit = RateLimit(fps)
    times = np.arange(0, seconds, 1 / source_fps) + random.uniform(-0.002, 0.002)
    count = sum(limit.keeps(1_767_225_600_000 + int(at * 1000)) for at in times)
    assert abs(count - kept) <= 1


def test_a_clock_that_goes_back_does_not_stop_the_frames() -> None:
    limit = RateLimit(10)
    assert limit.keeps(1_000_000)
    assert limit.keeps(500_000)
    assert not limit.keeps(500_040)
    assert limit.keeps(500_100)


def test_the_cameras_time_counts_while_it_can_be_believed_and_never_goes_back() -> None:
    now, doubted = [1000.0], list[float]()
    clock = CaptureClock(believe=True, max_offset=5.0, doubted=doubted.append, now=lambda: now[0])
    assert clock.at(None) == (1_000_000, "arrival")
    # The first report says that frames are captured 80 ms before they arrive.
    now[0] += 0.04
    assert clock.at(999.96) == (1_000_001, "stream")
    now[0] += 0.1
    assert clock.at(1000.06) == (1_000_060, "stream")
    assert clock.at(now[0] + 3600) == (1_000_140, "arrival")
    assert clock.at(now[0] + 3600) == (1_000_141, "arrival")
    assert doubted == [pytest.approx(3600)]


def test_a_delay_is_not_taken_for_a_clock_that_is_off() -> None:
    now = [1000.0]
    doubted = list[float]()
    clock = CaptureClock(believe=True, max_offset=5.0, doubted=doubted.append, now=lambda: now[0])
    assert clock.at(999.9) == (999_900, "stream")
    # The machine was busy for 20 s; then the camera's clock is set back by an hour.
    now[0] += 20.0
    assert clock.at(1000.0) == (1_000_000, "stream")
    assert not doubted
    assert clock.at(1000.04 - 3600) == (1_020_000, "arrival")
    assert doubted == [pytest.approx(-3620, abs=1)]


def test_a_source_whose_clock_shall_not_count_has_the_time_of_arrival() -> None:
    clock = CaptureClock(believe=False, max_offset=5.0, doubted=lambda _: None, now=lambda: 1000.0)
    assert clock.at(999.0) == (1_000_000, "arrival")


def _noise(random: np.random.Generator, level: float = 96.0, sigma: float = 3.0) -> UInt8Array:
    return np.asarray(np.clip(random.normal(level, sigma, (90, 160)), 0, 255), np.uint8)


def _passed(frames: list[UInt8Array], settings: MotionSettings, fps: int = 10) -> list[bool]:
    gate = MotionGate(settings)
    return [
        gate.passes(frame, 1_767_225_600_000 + number * 1000 // fps)
        for number, frame in enumerate(frames)
    ]


_QUIET = MotionSettings(hold_seconds=0.5, idle_seconds=1000)


def test_noise_is_no_motion_and_a_vehicle_is_from_its_first_frame_to_its_last() -> None:
    random = np.random.default_rng(2)
    frames = [_noise(random) for _ in range(200)]
    for number in range(120, 140):
        left = (number - 120) * 7
        frames[number][40:60, left : left + 24] = 180
    passed = _passed(frames, _QUIET)
    assert passed[0]
    assert not any(passed[30:120])
    assert all(passed[120:140])
    assert not any(passed[150:])


def test_a_still_scene_sends_a_sign_of_life() -> None:
    random = np.random.default_rng(3)
    frames = [_noise(random) for _ in range(120)]
    passed = _passed(frames, MotionSettings(hold_seconds=0.5, idle_seconds=2.0))
    assert sum(passed[30:]) in (4, 5)


def test_a_change_of_light_passes_and_is_learnt() -> None:
    random = np.random.default_rng(4)
    frames = [_noise(random) for _ in range(60)]
    frames += [_noise(random, level=150.0) for _ in range(200)]
    passed = _passed(frames, _QUIET, fps=4)
    assert passed[60]
    assert not any(passed[-20:])


def test_a_jpeg_goes_on_untouched_and_is_shrunk_only_when_it_must() -> None:
    random = np.random.default_rng(5)
    pixels = numbered(77)
    pixels[60:] = random.integers(0, 255, pixels[60:].shape, np.uint8)
    data = jpeg(pixels, 95)
    picture = SourcePicture(0, "file", data=data)
    assert picture.encoded(90, len(data)) == (data, "source")
    for share in (0.6, 0.2):
        room = int(share * len(data))
        shrunk, form = picture.encoded(90, room)
        assert form == "shrunk"
        assert len(shrunk) <= room
        assert number_of(shrunk) == 77
    with pytest.raises(TooLargeError):
        picture.encoded(90, 100)


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff\xe0 cut"])
def test_what_no_reader_would_take_is_refused(data: bytes) -> None:
    picture = SourcePicture(0, "file", data=data)
    with pytest.raises(FrameError):
        picture.encoded(90, 1000)
    with pytest.raises(FrameError):
        picture.grey()


def _frame(camera: str, number: int) -> OutgoingFrame:
    identity = FrameIdentity(frame_id=str(number), camera_id=camera, captured_at=0)
    return OutgoingFrame(identity, b"")


def _taken(outbox: Outbox) -> list[tuple[str, str]]:
    taken = []
    while (frame := outbox.take(0.0)) is not None:
        taken.append((frame.identity.camera_id, frame.identity.frame_id))
    return taken


def test_a_full_queue_drops_the_oldest_of_its_camera_alone() -> None:
    outbox = Outbox(2)
    assert outbox.put(_frame("b", 0), wait=False) is None
    dropped = [outbox.put(_frame("a", number), wait=False) for number in range(4)]
    assert [frame and frame.identity.frame_id for frame in dropped] == [None, None, "0", "1"]
    assert len(outbox) == 3
    assert _taken(outbox) == [("b", "0"), ("a", "2"), ("a", "3")]


def test_cameras_are_served_in_turn() -> None:
    outbox = Outbox(10)
    for camera, number in (("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1)):
        outbox.put(_frame(camera, number), wait=False)
    assert _taken(outbox) == [("a", "0"), ("b", "0"), ("a", "1"), ("b", "1"), ("a", "2")]


def test_a_film_waits_for_room_and_a_closed_box_takes_nothing() -> None:
    outbox = Outbox(1)
    first, second, third = (_frame("a", number) for number in range(3))
    assert outbox.put(first, wait=True) is None
    answers: list[OutgoingFrame | None] = []
    thread = threading.Thread(target=lambda: answers.append(outbox.put(second, wait=True)))
    thread.start()
    assert outbox.take(5.0) is first
    thread.join(10)
    assert answers == [None]
    thread = threading.Thread(target=lambda: answers.append(outbox.put(third, wait=True)))
    thread.start()
    outbox.close()
    thread.join(10)
    assert answers == [None, third]
    assert outbox.take(0.0) is second
