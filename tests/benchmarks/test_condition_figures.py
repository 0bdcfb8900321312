from pathlib import Path

import pytest

from benchmarks.accuracy.conditions.compare import asked_table, sets_comparison
from benchmarks.accuracy.conditions.figures import (
    figures_of,
    in_known_characters,
    kept_at,
    pairs_of,
    reported,
    wrong_at,
    wrong_color,
)
from benchmarks.accuracy.conditions.made import Note
from benchmarks.accuracy.conditions.measured import Measured
from platestream.cli.evaluate.labels import LabelledPicture, LabelledPlate
from platestream.cli.evaluate.outcomes import judge
from platestream.contract.readings import PlateColor, PlateReading
from tests.cli.conftest import box, reading

AT = box(100, 100, 100, 30)
FAR = box(300, 20, 100, 30)


def measured(
    name: str,
    *given: tuple[str, tuple[PlateReading, ...]],
    color: str = "",
    place: bool = False,
) -> Measured:
    """Pictures of one plate each (or of lettering, where its text is empty) at ``AT``."""
    outcomes, notes = [], []
    for text, readings in given:
        plates = (LabelledPlate(text, AT, "corners"),) if text else ()
        picture = LabelledPicture(
            path=Path("a.jpg"),
            dataset=name,
            kind="corners" if text else "none",
            plates=plates,
        )
        outcomes.append(judge(picture, (300, 500), readings, 1.0))
        places = (AT,) if place else ()
        notes.append(Note(variant="v", places=places, colors=(color,) if text else ()))
    return Measured(name=name, outcomes=tuple(outcomes), notes=tuple(notes))


def test_wrong_and_sure_counts_whatever_of_the_plate_was_taken() -> None:
    part = box(150, 102, 40, 28)  # covers too little to be the plate, and lies in it
    of = measured(
        "cut",
        ("A1", (reading("A", AT, confidence=0.9),)),
        ("A2", (reading("2", part, confidence=0.96),)),
        ("A3", (reading("A3", AT, confidence=0.99),)),
        ("A4", (reading("X", AT, confidence=0.7),)),
        ("A5", (reading("Z", FAR, confidence=0.99),)),
        ("A6", ()),
    )
    assert wrong_at(of, 0.8) == pytest.approx(2 / 6)
    assert wrong_at(of, 0.95) == pytest.approx(1 / 6)
    assert kept_at(of, 0.8) == pytest.approx(1 / 6)


def test_what_is_reported_on_lettering_and_elsewhere() -> None:
    of = measured(
        "captions",
        ("", (reading("CAM", AT, confidence=0.6),)),
        ("", (reading("CAM", AT, confidence=0.4),)),
        ("", (reading("CAM", FAR, confidence=0.9),)),
        place=True,
    )
    assert reported(of, by_picture=True) == pytest.approx(1 / 3)
    assert reported(of, by_picture=False) == pytest.approx(1 / 3)
    assert pairs_of(of) == [(0.6, False), (0.4, False)]


def test_a_colour_is_wrong_if_it_is_stated_and_another() -> None:
    of = measured(
        "grey",
        ("A1", (reading("A1", AT, color=PlateColor.BLACK),)),
        ("A2", (reading("A2", AT, color=PlateColor.UNKNOWN),)),
        ("A3", (reading("A3", AT, color=PlateColor.BLUE),)),
        ("A4", ()),
        color="blue",
    )
    assert wrong_color(of) == pytest.approx(1 / 3)
    assert wrong_color(measured("grey", ("A1", (reading("A1", AT),)))) is None


def test_a_run_of_unknown_characters_is_one() -> None:
    assert in_known_characters("120تونس4640") == "120\ufffd4640"
    assert in_known_characters("120\ufffd\ufffd4640") == "120\ufffd4640"
    assert in_known_characters("33하6580") == "33\ufffd6580"
    assert in_known_characters("京A1港MÜ") == "京A1港MÜ"


def test_unknown_scripts_are_read_where_the_rest_is_and_never_right() -> None:
    of = measured(
        "scripts",
        ("33하6580", (reading("33\ufffd6580", AT, confidence=0.2),)),
        ("34하6580", (reading("3496580", AT, confidence=0.6),)),
    )
    figures = figures_of(of)
    assert figures["figures"]["mean_confidence"] == pytest.approx(0.4)
    assert figures["figures"]["read_as_known"] == 0.5
    assert figures["figures"]["ece"] == pytest.approx((0.2 + 0.6) / 2)
    assert figures["variants"]["v"]["found"] == 1


def run(cut: float, whole: float, found: float) -> dict[str, object]:
    figures = {"cut": {"wrong_at_0.8": cut}, "whole": {"kept_at_0.8": whole}}
    of_set = {"found": found, "read": None, "false_per_picture": 0.1, "ece": 0.02}
    return {
        "conditions": {name: {"figures": of} for name, of in figures.items()},
        "sets": {"Street": of_set},
    }


@pytest.mark.parametrize(
    ("now", "verdict"), [(0.5, "short"), (0.08, "must"), (0.03, "must"), (0.02, "goal")]
)
def test_a_figure_is_held_against_what_is_asked(now: float, verdict: str) -> None:
    [line] = [row for row in asked_table(run(now, 1, 1)).splitlines() if "cut by" in row]
    assert line.split("|")[-2].strip() == verdict


@pytest.mark.parametrize(("now", "verdict"), [(0.8, "goal"), (0.778, "must"), (0.7, "short")])
def test_what_must_be_kept_is_a_part_of_the_baseline(now: float, verdict: str) -> None:
    text = asked_table(run(0, now, 1), run(0, 0.8, 1))
    [line] = [row for row in text.splitlines() if "whole" in row]
    assert line.split("|")[-2].strip() == verdict


def test_a_set_that_lost_is_named() -> None:
    rows = sets_comparison(run(0, 1, 0.98), run(0, 1, 0.99)).splitlines()
    assert "| Street | 99.0 → 98.0 | – | 0.100 → 0.100 | 0.020 → 0.020 | lower |" in rows
    assert "| sum | 99.0 → 98.0 |" in rows[-1]
    assert "lower" not in sets_comparison(run(0, 1, 0.985), run(0, 1, 0.99))
