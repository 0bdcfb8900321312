"""A shadow bundle: its sample, what it counts, and that nobody waits for it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from prometheus_client import generate_latest

from platestream.contract.readings import PlateReading
from platestream.stream.agreement import compare
from platestream.stream.shadow import Shadow, in_sample
from platestream.telemetry.metrics import Metrics
from tests.stream.fakes import FakeReader, reading
from tests.stream.waiting import wait_until


def _picture(number: int) -> Any:
    pixels = np.zeros((16, 24, 3), np.uint8)
    pixels[0, 0] = (number & 255, number >> 8 & 255, number >> 16 & 255)
    return pixels


def _moved(one: PlateReading, by: int) -> PlateReading:
    a, b, c, d = ((x + by, y) for x, y in one.plate_location)
    return replace(one, plate_location=(a, b, c, d))


def test_plates_are_paired_by_their_place_the_best_first() -> None:
    one, other = reading(1), replace(reading(2), confidence=0.5)
    far = _moved(reading(3), 100)
    found = compare([one, far], [_moved(other, 1), _moved(one, 50), other])
    assert found.both == ((one, other),)
    assert (found.only_active, len(found.only_shadow), found.same_text) == ((far,), 2, 0)
    assert compare([], []).both == ()
    assert compare([one], [one]).same_text == 1


def test_the_sample_is_the_same_each_time_and_of_its_size() -> None:
    pictures = [_picture(number) for number in range(2000)]
    chosen = [in_sample(picture, 0.2) for picture in pictures]
    assert chosen == [in_sample(picture.copy(), 0.2) for picture in pictures]
    assert 300 < sum(chosen) < 500
    assert all(in_sample(picture, 1.0) for picture in pictures)


class Stand:
    """A shadow over a fake reader, beside another one."""

    def __init__(self, shadow: FakeReader, active: FakeReader | None = None) -> None:
        self.metrics = Metrics()
        self.shadow = Shadow(shadow, 1.0, self.metrics)
        self.shadow.start()
        self.active = active or FakeReader()

    def read(self, *numbers: int) -> None:
        pictures = [_picture(number) for number in numbers]
        for picture, plates in zip(pictures, self.active.read(pictures), strict=True):
            self.shadow.offer(picture, None, plates)

    def frames(self, outcome: str) -> float:
        value = self.metrics.registry.get_sample_value
        return value("platestream_shadow_frames_total", {"outcome": outcome}) or 0.0

    def plates(self) -> dict[str, float]:
        value = self.metrics.registry.get_sample_value
        names = ("same_text", "other_text", "only_active", "only_shadow")
        found = {n: value("platestream_shadow_plates_total", {"agreement": n}) for n in names}
        return {name: count for name, count in found.items() if count}


def test_agreement_is_counted_and_no_plate_is_in_the_metrics() -> None:
    stand = Stand(FakeReader())
    for number in (1, 2, 3):
        before = stand.frames("compared")
        stand.read(number)
        wait_until(lambda before=before: stand.frames("compared") > before)  # type: ignore[misc]
    assert stand.plates() == {"same_text": 3}
    value = stand.metrics.registry.get_sample_value
    assert value("platestream_shadow_confidence_difference_count") == 3
    assert b"TEST" not in generate_latest(stand.metrics.registry)
    stand.shadow.close()


def test_a_busy_shadow_drops_and_holds_nobody_up() -> None:
    slow = FakeReader()
    slow.gate.clear()
    stand = Stand(slow)
    stand.read(1)
    assert slow.entered.wait(30)
    stand.read(2)
    stand.read(3, 4, 6)  # all of them are answered by the active one at once
    assert stand.frames("dropped") == 3
    slow.gate.set()
    wait_until(lambda: stand.frames("compared") == 2)
    stand.shadow.close()


def test_a_shadow_that_fails_is_counted_and_goes_on() -> None:
    fails = FakeReader(lambda numbers: ValueError("no") if 1 in numbers else None)
    stand = Stand(fails)
    stand.read(1)
    wait_until(lambda: stand.frames("failed") == 1)
    stand.read(2)
    wait_until(lambda: stand.frames("compared") == 1)
    stand.shadow.close()


@pytest.mark.parametrize("numbers", [(1, 2), (5,)])
def test_the_reader_beside_it_answers_as_before(numbers: tuple[int, ...]) -> None:
    class Both(FakeReader):
        def read_crops(self, pictures: Any) -> Any:
            return self.read(pictures)

    stand = Stand(FakeReader())
    active = Both()
    reader = stand.shadow.beside(active)
    pictures = [_picture(number) for number in numbers]
    assert reader.read(pictures) == Both().read(pictures)
    assert (reader.model, reader.provider) == (active.model, active.provider)
    stand.shadow.close()
