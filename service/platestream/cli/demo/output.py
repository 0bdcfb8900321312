"""What the demo leaves behind: annotated pictures, the summary and one report."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from platestream.cli.charts import even_edges, histogram, scatter
from platestream.cli.demo.pictures import Truth, drawn_texts
from platestream.cli.demo.tally import DemoPicture, SeenPictures, Tally
from platestream.cli.report import data_uri, encode_jpeg, inline, write_report
from platestream.contract.errors import FrameError
from platestream.contract.readings import PlateColor, Quad
from platestream.vision.drawing import PlateMark, annotate, crop_around, with_plates_covered
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits

UInt8Array = NDArray[np.uint8]

# More would make a report of tens of megabytes; the folder has them all.
_MOST_FRAMES_SHOWN: Final = 48
_MOST_ROWS_SHOWN: Final = 300
_FRAME_WIDTH: Final = 800
_CROP_WIDTH: Final = 220


def write_output(
    folder: Path,
    pictures: Sequence[DemoPicture],
    tally: Tally,
    limits: PictureLimits,
    truth: Truth,
    *,
    cover_plates: bool,
) -> Path:
    """Write ``report.html``, ``summary.json`` and ``annotated/``.

    Args:
        folder: Made where it does not exist.
        pictures: What took turns as frames.
        tally: What came back.
        limits: What a picture may be.
        truth: What stands on the plates, where that is known.
        cover_plates: Whether the pictures may not show the plates that were found.

    Returns:
        The report.

    Raises:
        OSError: If something cannot be written.
    """
    annotated = folder / "annotated"
    annotated.mkdir(parents=True, exist_ok=True)
    summary = tally.summary()
    text = json.dumps(summary, ensure_ascii=False, indent=2)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    seen = SeenPictures(pictures, tally)
    frames: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for index, picture in enumerate(pictures):
        events = seen.latest_events(index)
        pixels = _pixels_of(picture, limits) if seen.was_read(index) else None
        if pixels is None:
            continue
        if cover_plates:
            pixels = with_plates_covered(
                pixels, [_quad(event["plate"]["plate_location"]) for event in events]
            )
        drawn = annotate(pixels, [mark_of_event(event) for event in events])
        name = f"{index + 1:03d}-{Path(picture.name).stem}.jpg"
        (annotated / name).write_bytes(encode_jpeg(drawn))
        if len(frames) < _MOST_FRAMES_SHOWN:
            frames.append(_frame(picture.name, events, drawn))
        drawn_as = drawn_texts(truth.get(picture.name, ()), events)
        rows.extend(
            {
                **_row(event, pixels),
                "picture": picture.name,
                "drawn": drawn_as.get(place),
                **seen.agreement(index, event),
            }
            for place, event in enumerate(events)
        )
    report = folder / "report.html"
    write_report(
        report,
        "demo.html.j2",
        title="Platestream demo",
        summary=summary,
        model=_model_name(tally),
        rows=rows[:_MOST_ROWS_SHOWN],
        drawn=sum(map(len, truth.values())),
        read_as_drawn=sum(row["drawn"] == row["number"] for row in rows),
        frames=frames,
        charts=list(_charts(summary, tally)),
        failures=seen.failures(),
    )
    return report


def mark_of_event(event: Mapping[str, Any]) -> PlateMark:
    """The mark for a plate event."""
    plate = event["plate"]
    return PlateMark(
        plate["plate_number"],
        PlateColor(plate["plate_color"]),
        _quad(plate["plate_location"]),
        plate["confidence"],
    )


def _pixels_of(picture: DemoPicture, limits: PictureLimits) -> UInt8Array | None:
    try:
        return decode_picture(picture.data, limits)
    except FrameError:
        return None


def _frame(name: str, events: Sequence[Mapping[str, Any]], drawn: UInt8Array) -> dict[str, str]:
    numbers = ", ".join(event["plate"]["plate_number"] or "?" for event in events)
    return {
        "name": name,
        "words": numbers or "no plate",
        "alt": f"Frame {name} with {len(events)} plates outlined",
        "image": data_uri(drawn, width=_FRAME_WIDTH),
    }


def _row(event: Mapping[str, Any], pixels: UInt8Array) -> dict[str, Any]:
    plate = event["plate"]
    crop = crop_around(pixels, _quad(plate["plate_location"]))
    return {
        "number": plate["plate_number"],
        "color": plate["plate_color"],
        "confidence": plate["confidence"],
        "crop": data_uri(crop, width=_CROP_WIDTH),
    }


def _charts(summary: Mapping[str, Any], tally: Tally) -> Iterator[tuple[Any, str]]:
    confidences = [event["plate"]["confidence"] for event in tally.plates.values()]
    if confidences:
        yield (
            inline(
                histogram(
                    confidences,
                    edges=[index / 20 for index in range(21)],
                    x_title="confidence",
                    y_title="plate events",
                    title="Confidence of the plates",
                )
            ),
            "How sure the reader was, over all plate events.",
        )
    order = [frame for frame in tally.sent if frame in tally.latencies]
    latencies = [tally.latencies[frame] * 1000 for frame in order]
    if not latencies:
        return
    marks = [
        (summary["latency_ms"][name], f"{words} {summary['latency_ms'][name]:.0f} ms")
        for name, words in (("p50", "median"), ("p99", "99 %"))
    ]
    yield (
        inline(
            histogram(
                latencies,
                edges=even_edges(latencies, bins=24),
                x_title="latency, ms",
                y_title="frames",
                title="Latency of the frames",
                marks=marks,
            )
        ),
        "From handing a frame to the broker to the arrival of its result at a plain consumer.",
    )
    failed = [frame in tally.failures for frame in order]
    points = list(zip(range(1, len(order) + 1), latencies, strict=True))
    yield (
        inline(
            scatter(
                [(float(x), y) for (x, y), bad in zip(points, failed, strict=True) if not bad],
                flagged=[(float(x), y) for (x, y), bad in zip(points, failed, strict=True) if bad],
                x_title="frame",
                y_title="latency, ms",
                title="Latency in the order of sending",
            )
        ),
        "Every frame in the order of sending; failed ones in red.",
    )


def _model_name(tally: Tally) -> str:
    models = sorted(
        {f"{r['model']['name']} {r['model']['version']}" for r in tally.results.values()}
    )
    return ", ".join(models) or "unknown"


def _quad(location: Sequence[Sequence[int]]) -> Quad:
    one, two, three, four = ((int(x), int(y)) for x, y in location)
    return one, two, three, four
