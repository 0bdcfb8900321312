"""Interleaved rounds: everybody is asked for every frame in turn, and the order turns, too."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.speed.results import Figures, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.speed.contenders import Contender
    from benchmarks.speed.frames import SpeedFrame
    from platestream.cli.evaluate.outcomes import PictureOutcome


@dataclass(slots=True)
class Times:
    """Milliseconds of the processor by contender and kind of frame: of each frame all rounds."""

    of: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)

    def add(self, contender: str, frame: SpeedFrame, milliseconds: float) -> None:
        """Note one reading of one frame."""
        kinds = self.of.setdefault(contender, {})
        kinds.setdefault(kind_of(frame), {}).setdefault(frame.path.name, []).append(milliseconds)

    def means(self, contender: str) -> dict[str, float]:
        """Mean over a kind's frames of each frame's median over the rounds."""
        return {
            kind: statistics.fmean(statistics.median(rounds) for rounds in frames.values())
            for kind, frames in self.of[contender].items()
        }

    def ratio(self, contender: str, base: str, kind: str) -> tuple[float, float, float]:
        """Median, least and greatest over the rounds of a kind's time over that of ``base``."""
        mine, theirs = self.of[contender][kind], self.of[base][kind]
        rounds = min(len(times) for times in (*mine.values(), *theirs.values()))
        ratios = [
            sum(times[turn] for times in mine.values())
            / sum(times[turn] for times in theirs.values())
            for turn in range(rounds)
        ]
        return statistics.median(ratios), min(ratios), max(ratios)


def kind_of(frame: SpeedFrame) -> str:
    """Size and number of plates in words."""
    return f"{frame.size}, {frame.plates} plate{'' if frame.plates == 1 else 's'}"


def race(
    contenders: Sequence[Contender],
    frames: Sequence[SpeedFrame],
    rounds: int,
    advance: Callable[[], None],
) -> Times:
    """Ask everybody for everything, ``rounds`` times after one that does not count.

    The uncounted round warms caches up and is where the answers are held against the labels.
    """
    times = Times()
    for turn in range(rounds + 1):
        for at, frame in enumerate(frames):
            first = (turn + at) % len(contenders)
            for contender in (*contenders[first:], *contenders[:first]):
                answer = contender.ask(frame.labelled)
                if turn:
                    times.add(contender.name, frame, float(answer["ms"]))
                elif contender.reads:
                    contender.outcomes.append(contender.judged(frame.labelled, answer))
                advance()
    return times


def figures_of(contenders: Sequence[Contender], times: Times, base: str) -> Figures:
    """What the report needs of a race: times, ratios to ``base``, found and read, memory."""
    kinds = list(times.of[base])
    return {
        "base": base,
        "contenders": [
            {
                "name": one.name,
                "ms": {kind: rounded(value) for kind, value in times.means(one.name).items()},
                "ratio": {
                    kind: [rounded(value) for value in times.ratio(one.name, base, kind)]
                    for kind in kinds
                },
                "resident_mib": round(one.resident_mib),
                "start_s": rounded(one.start_s),
                **(_score(one.outcomes) if one.reads else {}),
            }
            for one in contenders
        ],
    }


def _score(outcomes: Sequence[PictureOutcome]) -> Figures:
    plates = [plate for outcome in outcomes for plate in outcome.plates]
    return {
        "plates": len(plates),
        "found": sum(plate.reading is not None for plate in plates),
        "read": sum(plate.is_read for plate in plates),
        "false": sum(len(outcome.false_plates) for outcome in outcomes),
    }
