"""From outcomes to figures: the rates over any group of plates, by slice, and calibration."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

from platestream.cli.evaluate.labels import LabelledPicture
from platestream.cli.evaluate.outcomes import PROVINCES, PictureOutcome, PlateOutcome

BINS: Final = 10


def confidences_of(plates: Iterable[PlateOutcome]) -> list[tuple[float, bool]]:
    """``(confidence, is right)`` of every found plate whose text is known."""
    return [
        (plate.reading.confidence, plate.is_read)
        for plate in plates
        if plate.reading is not None and plate.label.text
    ]


def calibration_bins(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """``(mean confidence, share right, number)`` of each filled one of ten equal bins."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in pairs:
        groups[min(max(int(confidence * BINS), 0), BINS - 1)].append((confidence, right))
    return [
        (
            statistics.fmean(confidence for confidence, _ in group),
            statistics.fmean(float(right) for _, right in group),
            len(group),
        )
        for group in groups
        if group
    ]


def expected_calibration_error(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """Mean gap between confidence and share right over the bins, weighted by their filling."""
    if not pairs:
        return None
    bins = calibration_bins(pairs)
    return sum(number * abs(conf - right) for conf, right, number in bins) / len(pairs)


_HEIGHT_EDGES: Final = (12, 16, 24, 32, 48, 96)


def rates(plates: Sequence[PlateOutcome]) -> dict[str, Any]:
    """The rates over a group of plates; a rate is None where nothing can be counted.

    ``found`` counts plates with known corners or box; ``read`` and ``read_but_province`` those with
    known text, found or not: of a plate whose place is unknown, one of the readings is that text.
    """
    located = [plate for plate in plates if plate.label.corners is not None]
    texts = [plate for plate in plates if plate.label.text]
    errors = [plate.corner_error for plate in plates if plate.corner_error is not None]
    return {
        "plates": len(plates),
        "with_text": len(texts),
        "found": _share(plate.reading is not None for plate in located),
        "read": _share(plate.is_read for plate in texts),
        "read_but_province": _share(plate.is_read_but_province for plate in texts),
        "ece": expected_calibration_error(confidences_of(texts)),
        "corner_error": statistics.fmean(errors) if errors else None,
    }


def figures(outcomes: Sequence[PictureOutcome]) -> dict[str, Any]:
    """All figures over pictures, as one JSON-ready mapping; rates are 0..1.

    ``false_per_picture`` counts readings without a labelled plate, per whole picture whose plates'
    places are known (crops have no place for them). ``ece`` is taken over plates that were found
    and have a known text; ``ece_with_false`` also counts every false plate as a wrong read.
    """
    plates = [plate for outcome in outcomes for plate in outcome.plates]
    wrong = [(r.confidence, False) for outcome in outcomes for r in outcome.false_plates]
    return {
        **picture_rates(outcomes),
        **rates(plates),
        "ece_with_false": expected_calibration_error([*confidences_of(plates), *wrong]),
        "slices": slices(outcomes),
    }


def picture_rates(outcomes: Sequence[PictureOutcome]) -> dict[str, Any]:
    """The figures that are counted by picture; None where there is nothing to count."""
    whole = [o for o in outcomes if o.error is None and _tells_false_plates(o.picture)]
    times = [o.milliseconds for o in outcomes if o.milliseconds is not None]
    false_plates = sum(len(outcome.false_plates) for outcome in whole)
    return {
        "pictures": len(outcomes),
        "unreadable_pictures": sum(outcome.error is not None for outcome in outcomes),
        "false_plates": false_plates,
        "false_per_picture": false_plates / len(whole) if whole else None,
        "ms_per_picture": statistics.median(times) if times else None,
    }


def slices(outcomes: Sequence[PictureOutcome]) -> dict[str, dict[str, dict[str, Any]]]:
    """The rates over every slice: data set, kind of label, height, province, colour, rows, clip.

    A data set also has the figures by picture, a clip (``DATASET/CLIP``) those over its frames one
    by one. Colour and rows are those that were read (labels
    have none), so a plate that was not found stands under ``not found`` there.
    """
    plates = [plate for outcome in outcomes for plate in outcome.plates]
    axes: dict[str, Callable[[PlateOutcome], str]] = {
        "kind": lambda plate: plate.label.kind,
        "height": lambda plate: height_class(plate.height),
        "province": lambda plate: _province(plate.label.text),
        "color": lambda p: p.reading.plate_color.value if p.reading else "not found",
        "rows": lambda p: str(p.reading.rows) if p.reading else "not found",
    }
    sets: dict[str, list[PictureOutcome]] = {}
    clips: dict[str, list[PlateOutcome]] = {}
    for outcome in outcomes:
        sets.setdefault(outcome.picture.dataset, []).append(outcome)
        if outcome.picture.frame is not None:
            name = f"{outcome.picture.dataset}/{outcome.picture.frame.clip}"
            clips.setdefault(name, []).extend(outcome.plates)
    result: dict[str, dict[str, dict[str, Any]]] = {
        "dataset": {
            name: {**picture_rates(group), **rates([p for o in group for p in o.plates])}
            for name, group in sorted(sets.items())
        }
    }
    for name, slot_of in axes.items():
        groups: dict[str, list[PlateOutcome]] = {}
        for plate in plates:
            groups.setdefault(slot_of(plate), []).append(plate)
        keys = groups if name == "height" else sorted(groups)
        ordered = sorted(keys, key=_height_rank) if name == "height" else keys
        result[name] = {key: rates(groups[key]) for key in ordered}
    result["clip"] = {name: rates(members) for name, members in sorted(clips.items())}
    return result


def _tells_false_plates(picture: LabelledPicture) -> bool:
    return picture.kind != "crop" and all(plate.kind != "text" for plate in picture.plates)


def height_class(height: float | None) -> str:
    """The slice of a plate by its height in pixels, such as ``16-24 px``."""
    if height is None:
        return "unknown"
    if height < _HEIGHT_EDGES[0]:
        return f"<{_HEIGHT_EDGES[0]} px"
    for low, high in pairwise(_HEIGHT_EDGES):
        if height < high:
            return f"{low}-{high} px"
    return f">={_HEIGHT_EDGES[-1]} px"


def _share(values: Iterable[bool]) -> float | None:
    counted = list(values)
    return sum(counted) / len(counted) if counted else None


def _province(text: str) -> str:
    if not text:
        return "no text"
    return text[0] if text[0] in PROVINCES else "other"


def _height_rank(name: str) -> int:
    if name == "unknown":
        return -1
    if name.startswith("<"):
        return 0
    return int(name.removeprefix(">=").split("-")[0].split()[0])
