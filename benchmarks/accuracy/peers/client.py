"""Our side of the protocol: a peer as a process, and its answers as readings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks.accuracy.peers.conversation import FOLDER, Conversation
from platestream.cli.evaluate.outcomes import PictureOutcome, judge, unreadable
from platestream.contract.readings import PlateColor, PlateReading, Quad

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from platestream.cli.evaluate.labels import LabelledPicture

Line = dict[str, Any]

# A general reader gives separators, brackets and lower case; labels have none of them.
_SEPARATORS: Final = re.compile(r"[^0-9A-Z\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSpec:
    """A peer that can be measured.

    Attributes:
        name: Of its script ``<name>_peer.py`` and its environment.
        licence: Of its code and weights.
        general: It reads lines of text anywhere and knows no plates.
        chinese_only: It is made for Chinese plates; other sets are not asked of it.
    """

    name: str
    licence: str
    general: bool = False
    chinese_only: bool = False


PEERS: Final = (
    PeerSpec(name="rapidocr", licence="Apache-2.0", general=True),
    PeerSpec(name="hyperlpr", licence="MIT (as its package says)", chinese_only=True),
    PeerSpec(name="agentclpr", licence="Apache-2.0", chinese_only=True),
)


class Peer:
    """A running peer. Use as a context manager.

    Args:
        spec: Which.
        python: The interpreter of its environment.

    Raises:
        RuntimeError: If it does not start.
    """

    def __init__(self, spec: PeerSpec, python: Path) -> None:
        self.spec = spec
        self.conversation = Conversation(
            [str(python), str(FOLDER / f"{spec.name}_peer.py")], name=spec.name
        )
        self.title = self.conversation.title

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.conversation.close()

    def outcomes(self, pictures: Iterable[LabelledPicture]) -> list[PictureOutcome]:
        """Ask for every picture and hold the answers against the labels."""
        return [self._outcome(picture) for picture in pictures]

    def _outcome(self, picture: LabelledPicture) -> PictureOutcome:
        request = {"path": str(picture.path.resolve()), "crop": picture.kind == "crop"}
        return self.judged(picture, self.conversation.ask(request))

    def judged(self, picture: LabelledPicture, answer: dict[str, Any]) -> PictureOutcome:
        """Hold one answer against the labels."""
        if "error" in answer:
            return unreadable(picture, str(answer["error"]))
        lines: list[Line] = answer["lines"]
        readings = (
            joined_lines(lines, picture)
            if self.spec.general and picture.kind not in ("crop", "text")
            else [as_reading(line["text"], line["corners"], line["confidence"]) for line in lines]
        )
        # Sizes matter for crops alone, whose height the slices want; peers are not sliced.
        return judge(picture, (1, 1), readings, float(answer["ms"]))


def cleaned(text: str) -> str:
    """Return a text as labels are written: upper case, no separators."""
    return _SEPARATORS.sub("", text.upper())


def as_reading(text: str, corners: Sequence[Sequence[float]], confidence: float) -> PlateReading:
    """Return a peer's line as a reading."""
    return PlateReading(
        plate_number=cleaned(text),
        plate_color=PlateColor.UNKNOWN,
        plate_location=_quad(corners),
        confidence=min(max(float(confidence), 0.0), 1.0),
        rows=1,
        char_confidences=(),
        detection_score=0.0,
    )


def joined_lines(lines: Sequence[Line], picture: LabelledPicture) -> list[PlateReading]:
    """Give a general reader the benefit of every doubt.

    It is told where the plates are: all lines whose centre lies in a labelled plate's box are
    joined, upper first, and count as that plate's reading at just its place. Its other lines count
    as nothing, so it has no false plates. (Where the place is unknown every line is a reading.)
    """
    readings = []
    for plate in picture.plates:
        corners = plate.corners or ()
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        inside = []
        for line in lines:
            x = sum(point[0] for point in line["corners"]) / 4
            y = sum(point[1] for point in line["corners"]) / 4
            if min(xs) <= x <= max(xs) and min(ys) <= y <= max(ys):
                inside.append((y, line))
        if inside:
            height = max(ys) - min(ys)
            # Lines side by side differ little in height: they go from left to right.
            ordered = sorted(
                inside, key=lambda one: (round(2 * one[0] / height), one[1]["corners"][0][0])
            )
            text = "".join(line["text"] for _, line in ordered)
            confidence = min(line["confidence"] for _, line in ordered)
            readings.append(as_reading(text, corners, confidence))
    return readings


def _quad(corners: Sequence[Sequence[float]]) -> Quad:
    first, second, third, fourth = [(round(x), round(y)) for x, y in corners]
    return first, second, third, fourth
