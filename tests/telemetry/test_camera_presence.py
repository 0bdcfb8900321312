"""Cameras that fall silent, come back, or go to another replica."""

import pytest
from structlog.testing import capture_logs

from platestream.telemetry.camera_presence import CameraPresence
from platestream.telemetry.metrics import Metrics


class Clock:
    """Goes on when told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def presence(clock: Clock) -> CameraPresence:
    presence = CameraPresence(clock)
    presence.silence_seconds = 60.0
    return presence


def test_a_camera_falls_silent_and_comes_back(presence: CameraPresence, clock: Clock) -> None:
    presence.heard(0, "gate")
    presence.heard(0, "lot")
    clock.now += 50
    presence.heard(0, "lot")
    clock.now += 20
    with capture_logs() as told:
        counts = [presence.silent(), presence.silent()]
        presence.heard(0, "gate")
        counts.append(presence.silent())

    assert counts == [1, 1, 0]
    assert [(line["event"], line["camera_id"]) for line in told] == [
        ("camera_silent", "gate"),
        ("camera_back", "gate"),
    ], "each said once"


def test_a_camera_of_a_partition_that_is_given_away_is_not_missed(
    presence: CameraPresence, clock: Clock
) -> None:
    presence.heard(0, "gate")
    presence.heard(1, "lot")
    presence.forget([0])
    clock.now += 100

    assert presence.silent() == 1


def test_a_camera_that_was_taken_down_is_forgotten(presence: CameraPresence, clock: Clock) -> None:
    presence.heard(0, "gate")
    clock.now += 3_600
    silent = presence.silent()
    clock.now += 86_400

    assert (silent, presence.silent()) == (1, 0)


def test_off_nothing_is_kept(clock: Clock) -> None:
    presence = CameraPresence(clock)
    presence.heard(0, "gate")
    presence.silence_seconds = 1.0
    clock.now += 100

    assert presence.silent() == 0


def test_it_is_asked_at_each_scrape() -> None:
    metrics = Metrics()
    metrics.presence.silence_seconds = 0.0
    metrics.presence.heard(0, "gate")

    assert metrics.registry.get_sample_value("platestream_silent_cameras") == 1.0
