"""The profile of this machine, and the frames that the price of a byte is taken from."""

from pathlib import Path

import pytest

from platestream.cli.capacity import measure, transport
from platestream.cli.demo.pictures import bundled_pictures
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits, VisionSettings


def test_every_step_is_measured_and_the_bus_by_frame_and_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measure, "bus_cost", lambda _, size: (0.5 + 2e-6 * size, 300.0))
    picture = Path(bundled_pictures()[1]).read_bytes()
    profile = measure.measure_profile(
        [picture], VisionSettings(), measure.Effort(rounds=1, frames=50)
    )
    assert profile.bus_ms == pytest.approx(0.5)
    assert profile.bus_ms_per_megabyte == pytest.approx(2.0)
    assert profile.event_bytes == 300
    assert min(profile.look_ms, profile.plate_ms, profile.decode_ms_per_megapixel) > 0
    assert profile.frame_bytes_per_megapixel == pytest.approx(len(picture) / 0.9216, rel=1e-3)


@pytest.mark.parametrize("size", [2_000, 300_000])
def test_a_small_picture_takes_the_bytes_that_it_is_to_take(size: int) -> None:
    data = transport.small_picture(size)
    assert size - 4 <= len(data) <= size
    assert decode_picture(data, PictureLimits()).shape == (32, 32, 3)
