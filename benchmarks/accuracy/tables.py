"""The report's tables, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.measure import AXES
from platestream.cli.evaluate.figures import (
    confidences_of,
    expected_calibration_error,
    picture_rates,
    rates,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.accuracy.measure import Plate, SetResult
    from benchmarks.accuracy.peers.client import PeerSpec
    from platestream.cli.evaluate.outcomes import PictureOutcome

THRESHOLDS: Final = (0.0, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99)
_LEAST_IN_SLICE: Final = 1


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are set to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def percent(value: float | None) -> str:
    """Return a share as per cent with one decimal, or a dash."""
    return "–" if value is None else f"{100 * value:.1f}"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number, or a dash."""
    return "–" if value is None else f"{value:.{digits}f}"


def sets_table(results: Sequence[SetResult], bars: bool = True) -> str:
    """Return every set's figures."""
    rows = []
    for result in results:
        of = rates([plate for outcome in result.outcomes for plate in outcome.plates])
        by_picture = picture_rates(result.outcomes)
        cells = [
            result.of.title,
            str(by_picture["pictures"]),
            str(of["plates"]),
            percent(of["found"]),
            percent(of["read"]),
            percent(of["read_but_province"]),
            number(by_picture["false_per_picture"]),
            number(of["ece"]),
        ]
        rows.append([*cells, result.of.target] if bars else cells)
    head = ["set", "pictures", "plates", "found %", "read %", "read but for province %"]
    head += ["false per picture", "ECE"]
    return table([*head, "aimed at"] if bars else head, rows)


def peers_table(
    results: Sequence[SetResult],
    peers: Mapping[str, tuple[PeerSpec, Mapping[str, Sequence[PictureOutcome]]]],
    ours: Mapping[str, Sequence[PictureOutcome]],
) -> str:
    """Return found / read of all readers on the same pictures."""
    titles = [result.of.title for result in results if result.of.title in ours]
    rows = []
    for title in titles:
        cells = [title, str(len(ours[title])), _found_read(ours[title])]
        cells += [
            _found_read(by_set[title]) if title in by_set else "not asked"
            for _, by_set in peers.values()
        ]
        rows.append(cells)
    return table(["set", "pictures", "ours", *peers], rows)


def _found_read(outcomes: Sequence[PictureOutcome]) -> str:
    of = rates([plate for outcome in outcomes for plate in outcome.plates])
    failed = sum(outcome.error is not None for outcome in outcomes)
    shares = percent(of["read"])
    if of["found"] is not None:
        shares = f"{percent(of['found'])} / {shares}"
    return shares + (f" ({failed} failed)" if failed else "")


def times_table(
    ours: Sequence[SetResult],
    peers: Mapping[str, tuple[PeerSpec, Mapping[str, Sequence[PictureOutcome]]]],
) -> str:
    """Return mean milliseconds of processor time per photo and per crop of each reader."""
    rows = [["ours"] + [_mean_ours(ours, crops=crops) for crops in (False, True)]]
    for name, (_, by_set) in peers.items():
        outcomes = [outcome for group in by_set.values() for outcome in group]
        times = {
            crops: [
                outcome.milliseconds
                for outcome in outcomes
                if outcome.milliseconds is not None and (outcome.picture.kind == "crop") is crops
            ]
            for crops in (False, True)
        }
        rows.append([name] + [number(_mean(times[crops]), 1) for crops in (False, True)])
    return table(["reader", "ms per photo", "ms per crop"], rows)


def _mean_ours(results: Sequence[SetResult], *, crops: bool) -> str:
    chosen = [result for result in results if result.of.is_crops is crops]
    count = sum(len(result.outcomes) for result in chosen)
    total = sum(result.cpu_ms * len(result.outcomes) for result in chosen)
    return number(total / count if count else None, 1)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def threshold_table(outcomes: Sequence[PictureOutcome], *, count_false: bool) -> str:
    """Return precision and recall over thresholds of the confidence.

    Args:
        outcomes: Of pictures whose plates' texts are known.
        count_false: Count readings that belong to no labelled plate as wrong.
    """
    plates = [plate for o in outcomes for plate in o.plates if plate.label.text]
    pairs = confidences_of(plates)
    if count_false:
        pairs = pairs + [(r.confidence, False) for o in outcomes for r in o.false_plates]
    rows = []
    for threshold in THRESHOLDS:
        kept = [right for confidence, right in pairs if confidence >= threshold]
        precision = sum(kept) / len(kept) if kept else None
        recall = sum(kept) / len(plates) if plates else None
        rows.append([f"{threshold:g}", str(len(kept)), percent(precision), percent(recall)])
    return table(["threshold", "reported", "precision %", "recall %"], rows)


def slice_table(plates: Sequence[Plate], axis: str) -> str:
    """Return the figures of every slice along an axis of ``AXES``."""
    groups: dict[str, list[Plate]] = {}
    for plate in plates:
        groups.setdefault(AXES[axis](plate), []).append(plate)
    rows = []
    for name in sorted(groups, key=_slice_order):
        outcomes = [plate.outcome for plate in groups[name]]
        of = rates(outcomes)
        pairs = confidences_of([one for one in outcomes if one.label.text])
        rows.append(
            [
                name,
                str(of["plates"]),
                percent(of["found"]),
                str(of["with_text"]),
                percent(of["read"]),
                number(expected_calibration_error(pairs)),
            ]
        )
    head = [axis, "plates", "found %", "with text", "read %", "ECE"]
    return table(head, rows)


def _slice_order(name: str) -> tuple[int, str]:
    digits = "".join(char for char in name.partition("-")[0] if char.isdigit())
    is_size = name.endswith("px")
    return (-1 if name.startswith("<") else int(digits) if is_size else 0, name)


def kinds_table(shares: Mapping[str, float]) -> str:
    """Return the shares of rendered plates read, weakest first."""
    ordered = sorted(shares.items(), key=lambda one: (one[1], one[0]))
    return table(
        ["kind", "read %"], [[name.replace("_", " "), percent(share)] for name, share in ordered]
    )
