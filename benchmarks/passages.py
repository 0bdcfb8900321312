"""What passages cost: time per result and memory per camera, over an hour of event time.

``python -m benchmarks.passages [--cameras 2000] [--rate 5] [--minutes 60] [--sampled 20]``

Results of frames as a camera sends them: most are empty, a vehicle passes every half minute and is
seen for two seconds, one look in ten misread. All cameras' trackers are made and fed in turn for
``--spread`` seconds, for the memory of many; then ``--sampled`` of them go on for the whole time,
for whether time and memory stay flat. ``--state`` also saves and restores a tracker at every
result, as a store does that trusts nothing else.
"""

import argparse
import json
import random
import time
import tracemalloc

from platestream.contract.frames import SourceRef
from platestream.passages.settings import PassageSettings
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.tracker import PassageTracker

_BEGIN_MS = 1_760_000_000_000
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_EVERY_S = 30
_SEEN_S = 2


class Camera:
    """A camera's results, and the tracker that takes them."""

    def __init__(self, number: int, rate: int) -> None:
        self.name = f"camera-{number:04d}"
        self.tracker = PassageTracker(PassageSettings())
        self._noise = random.Random(number)  # noqa: S311 (made-up traffic)
        self._rate = rate
        self._text = ""
        self._shift = number % _EVERY_S

    def result(self, index: int) -> FrameSightings:
        """Result ``index`` of the camera."""
        at = index * 1000 // self._rate
        phase = at / 1000 + self._shift
        since = phase % _EVERY_S
        sightings: tuple[Sighting, ...] = ()
        if since < 1 / self._rate or not self._text:
            self._text = "".join(self._noise.choices(_LETTERS, k=7))
        if since < _SEEN_S:
            text = self._text
            if self._noise.random() < 0.1:
                text = text[:3] + self._noise.choice(_LETTERS) + text[4:]
            x, y = 800 + round(40 * since), 300 + round(150 * since)
            width, height = 80 + round(30 * since), 20 + round(8 * since)
            corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
            sightings = (
                Sighting(
                    event_id=f"{self.name}/{index}",
                    plate_number=text,
                    confidence=self._noise.uniform(0.6, 0.99),
                    plate_location=corners,
                    complete=True,
                ),
            )
        return FrameSightings(
            camera_id=self.name,
            frame_id=f"frames-0-{index}",
            captured_at=_BEGIN_MS + at,
            source=SourceRef("frames", 0, index),
            sightings=sightings,
        )


def feed(cameras: list[Camera], first: int, last: int, *, state: bool) -> tuple[float, int]:
    """Feed results ``first`` to ``last`` to each; CPU seconds of the trackers, and passages."""
    seconds, passages = 0.0, 0
    for index in range(first, last):
        frames = [camera.result(index) for camera in cameras]
        started = time.process_time()
        for camera, frame in zip(cameras, frames, strict=True):
            passages += len(camera.tracker.observe(frame))
            if state:
                camera.tracker = PassageTracker.from_state(camera.tracker.to_state())
        seconds += time.process_time() - started
    return seconds, passages


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.passages", description=__doc__)
    parser.add_argument("--cameras", type=int, default=2000)
    parser.add_argument("--rate", type=int, default=5, help="results a second of each camera")
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--spread", type=int, default=20, help="seconds that all cameras are fed")
    parser.add_argument("--sampled", type=int, default=20)
    parser.add_argument("--state", action="store_true", help="save and restore at every result")
    options = parser.parse_args()
    rate, spread = options.rate, options.spread * options.rate
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    cameras = [Camera(number, rate) for number in range(options.cameras)]
    feed(cameras, 0, spread, state=options.state)
    per_camera = (tracemalloc.get_traced_memory()[0] - before) / options.cameras
    tracemalloc.stop()
    sampled = cameras[: options.sampled]
    minutes: list[dict[str, float]] = []
    step = max(options.minutes // 6, 1)
    for minute in range(0, options.minutes, step):
        first = spread + minute * 60 * rate
        last = first + step * 60 * rate
        seconds, passages = feed(sampled, first, last, state=options.state)
        results = (last - first) * len(sampled)
        sizes = [len(camera.tracker.to_state()) for camera in sampled]
        minutes.append(
            {
                "to_minute": minute + step,
                "us_per_result": round(seconds / results * 1e6, 2),
                "passages_per_camera_and_minute": round(passages / len(sampled) / step, 3),
                "largest_state_bytes": max(sizes),
            }
        )
        print(json.dumps(minutes[-1]), flush=True)
    cost = sum(part["us_per_result"] for part in minutes) / len(minutes)
    print(
        json.dumps(
            {
                "cameras": options.cameras,
                "results_per_second": options.cameras * rate,
                "us_per_result": round(cost, 2),
                "core_share": round(cost * options.cameras * rate / 1e6, 3),
                "bytes_per_camera": round(per_camera),
            }
        )
    )


if __name__ == "__main__":
    main()
