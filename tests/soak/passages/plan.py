"""Results of cameras that see vehicles pass, and what one process makes of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from platestream.contract.avro import LocalSchemaStore
from platestream.contract.events import result_record
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.readings import ModelRef, PlateColor, PlateReading
from platestream.engine.processor import ResultProcessor
from platestream.engine.records import EngineRecord
from platestream.engine.settings import EngineSettings
from platestream.hotlists.entry import HotlistEntry
from platestream.hotlists.hotlist import Hotlist
from platestream.passages.settings import PassageSettings
from platestream.telemetry.engine_metrics import EngineMetrics

STORE: Final = LocalSchemaStore()
START: Final = 1_767_225_600_000
_INTERVAL_MS: Final = 200
_MODEL: Final = ModelRef("soak", "1")
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
# Without a plate at the end of each camera's frames: longer than what ends a passage.
_QUIET_FRAMES: Final = 40
_MISREAD: Final = 0.1
_REPEATED: Final = 0.02
_SWAPPED: Final = 0.03
_LISTED: Final = 0.2
_CONFUSED: Final = {"0": "O", "O": "0", "8": "B", "B": "8", "1": "I", "5": "S", "S": "5"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run sends and what must come of it.

    Attributes:
        frames: Results by camera, in the order of sending; ``processed_at`` is set then.
        hotlist: The numbers that are looked out for.
        distinct: How many of the frames are not repeats.
    """

    frames: dict[str, list[dict[str, Any]]]
    hotlist: tuple[HotlistEntry, ...]
    distinct: int

    def of_one_process(self, settings: EngineSettings) -> list[EngineRecord]:
        """What one process makes of the same frames, camera by camera."""
        hotlist = Hotlist(settings.near_probability)
        for entry in self.hotlist:
            hotlist.put(entry)
        processor = ResultProcessor(
            settings=settings,
            tracking=PassageSettings(),
            hotlist=hotlist,
            store=STORE,
            metrics=EngineMetrics(),
        )
        records: list[EngineRecord] = []
        for camera, frames in self.frames.items():
            memory = processor.new_memory(camera)
            for frame in frames:
                records += processor.take(frame, memory)
        return records


def make_plan(frames: int, cameras: int, seed: int) -> Plan:
    """``frames`` results of ``cameras`` cameras; some are repeated, some change places."""
    draw = random.Random(seed)
    by_camera = {}
    listed: list[HotlistEntry] = []
    for number in range(cameras):
        camera = f"camera-{number:02d}"
        seen = list(_vehicles(frames // cameras - _QUIET_FRAMES, draw, listed))
        seen += [()] * (frames // cameras - len(seen))
        sent = [_result(camera, n, readings) for n, readings in enumerate(seen)]
        by_camera[camera] = _disturbed(sent, draw)
    return Plan(by_camera, tuple(listed), frames // cameras * cameras)


def _vehicles(
    frames: int, draw: random.Random, listed: list[HotlistEntry]
) -> Iterator[tuple[PlateReading, ...]]:
    """The plates of one frame after the other; adds some of the numbers to ``listed``."""
    left = frames
    while left > 0:
        empty = draw.randint(12, 30)
        looks = draw.randint(4, 16)
        number = "".join(draw.choices(_LETTERS, k=2)) + f"{draw.randrange(100_000):05d}"
        if empty + looks > left:
            return
        yield from [()] * empty
        if draw.random() < _LISTED:
            listed.append(HotlistEntry(entry_id=number, plate_number=number, reason="soak"))
        x, y, step = draw.randint(50, 400), draw.randint(50, 400), draw.randint(-12, 12)
        for look in range(looks):
            yield (_reading(number, x + step * look, y + 4 * look, draw),)
        left -= empty + looks


def _reading(number: str, x: int, y: int, draw: random.Random) -> PlateReading:
    confidence = round(draw.uniform(0.8, 0.99), 4)
    places = [place for place, char in enumerate(number) if char in _CONFUSED]
    if places and draw.random() < _MISREAD:
        place = draw.choice(places)
        number = number[:place] + _CONFUSED[number[place]] + number[place + 1 :]
        confidence = round(draw.uniform(0.3, 0.6), 4)
    x = max(x, 0)
    return PlateReading(
        plate_number=number,
        plate_color=PlateColor.BLUE,
        plate_location=((x, y), (x + 80, y), (x + 80, y + 26), (x, y + 26)),
        confidence=confidence,
        rows=1,
        char_confidences=(),
        detection_score=0.9,
        complete=True,
    )


def _result(camera: str, number: int, readings: tuple[PlateReading, ...]) -> dict[str, Any]:
    frame = Frame(
        frame_id=f"{camera}/{number:06d}",
        camera_id=camera,
        captured_at=START + number * _INTERVAL_MS,
        source=SourceRef("frames", 0, number, digest=camera),
        attributes={},
    )
    return result_record(frame, readings, _MODEL, 0)


def _disturbed(frames: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    """As senders that retry do it: some frames again, some behind the one that follows them."""
    sent: list[dict[str, Any]] = []
    for frame in frames:
        sent.append(frame)
        if len(sent) > 1 and draw.random() < _SWAPPED:
            sent[-2:] = [sent[-1], sent[-2]]
        if draw.random() < _REPEATED:
            sent.append(draw.choice(sent[-5:]))
    return sent
