"""What spinning threads cost and gain when there is less to do than there could be.

onnxruntime's threads may spin for a while after their work before they sleep: the next run then
begins sooner, and a processor is busy with nothing. Frames come at a steady share of the rate that
the models can take; processor time of the whole process and the time by the clock from a frame to
its plates are told for each way of spinning, interleaved.

A key that is spelt wrong is accepted by onnxruntime and does nothing, so each way is first seen to
act: a spinning session uses more processor time than clock time between two runs.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any, Final

from benchmarks.speed.results import Figures, rounded
from platestream.vision.models import session as sessions
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from platestream.vision.arrays import UInt8Array

WAYS: Final[dict[str, dict[str, str]]] = {
    "off (as shipped)": {"session.intra_op.allow_spinning": "0"},
    "on": {"session.intra_op.allow_spinning": "1"},
    "on, 1,000 µs": {
        "session.intra_op.allow_spinning": "1",
        "session.intra_op.spin_duration_us": "1000",
    },
}
LOADS: Final = (0.25, 0.5, 0.75)


def reader_spinning(keys: Mapping[str, str], threads: int) -> PlateReader:
    """A warm reader whose sessions have these keys."""
    plain = sessions._session_options  # noqa: SLF001 - the product has no such setting, rightly

    def with_keys(runtime: Any, threads: int | None) -> Any:
        options = plain(runtime, threads)
        for key, value in keys.items():
            options.add_session_config_entry(key, value)
        return options

    sessions._session_options = with_keys  # noqa: SLF001
    try:
        reader = PlateReader.from_settings(VisionSettings(threads=threads))
    finally:
        sessions._session_options = plain  # noqa: SLF001
    reader.warm_up()
    return reader


def paced(reader: PlateReader, pictures: Sequence[UInt8Array], gap_s: float) -> tuple[float, float]:
    """Read pictures that come ``gap_s`` apart.

    Returns:
        Milliseconds of a frame: of the processor, the waits between them included, and the median
        by the clock.
    """
    waits = []
    cpu, due = time.process_time(), time.perf_counter()
    for picture in pictures:
        due = max(due + gap_s, time.perf_counter())
        time.sleep(max(0.0, due - time.perf_counter()))
        started = time.perf_counter()
        reader.read([picture])
        waits.append((time.perf_counter() - started) * 1000)
    spent = (time.process_time() - cpu) * 1000
    return spent / len(pictures), statistics.median(waits)


def measure_ways(
    pictures: Sequence[UInt8Array], rounds: int, threads: int, advance: Callable[[], None]
) -> Figures:
    """Every way at every load, in turn."""
    readers = {name: reader_spinning(keys, threads) for name, keys in WAYS.items()}
    first = next(iter(readers.values()))
    for picture in pictures:  # caches
        first.read([picture])
    started = time.process_time()
    for picture in pictures:
        first.read([picture])
    # By processor time, as others on the machine lengthen the clock's.
    busy_s = (time.process_time() - started) / len(pictures)
    found: dict[str, dict[str, list[tuple[float, float]]]] = {name: {} for name in readers}
    for _ in range(rounds):
        for load in LOADS:
            for name, reader in readers.items():
                figures = paced(reader, pictures, busy_s / load)
                found[name].setdefault(f"{load:.0%}", []).append(figures)
                advance()
    return {
        "threads": threads,
        "rounds": rounds,
        "frames": len(pictures),
        "ways": {
            name: {
                load: [rounded(statistics.median(one[at] for one in rows)) for at in (0, 1)]
                for load, rows in by_load.items()
            }
            for name, by_load in found.items()
        },
    }
