"""All that was measured in one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platestream.cli.evaluate.misses import contact_sheet
from platestream.cli.report import write_png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.accuracy.conditions.beside import Beside
    from benchmarks.accuracy.conditions.measured import Measured
    from benchmarks.accuracy.measure import Plate, SetResult
    from benchmarks.accuracy.peers.client import PeerSpec
    from platestream.cli.evaluate.outcomes import PictureOutcome
    from platestream.vision.models.manifest import Manifest

_REPOSITORY: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All that was measured in one run.

    Attributes:
        model: Name and version of the bundle.
        manifest: Its manifest.
        results: Ours, set by set.
        kinds: Share read of rendered plates by special kind.
        rendered: Rendered plates of each kind.
        peers: By title: the peer and its outcomes by set.
        ours: Our outcomes by set on just the pictures that the peers were asked.
        conditions: Ours, condition by condition; empty where they were left out.
        peers_on_conditions: By condition: what the readers made of it.
    """

    model: str
    manifest: Manifest
    results: Sequence[SetResult]
    kinds: Mapping[str, float]
    rendered: int
    peers: Mapping[str, tuple[PeerSpec, Mapping[str, Sequence[PictureOutcome]]]]
    ours: Mapping[str, Sequence[PictureOutcome]]
    conditions: Mapping[str, Measured] = field(default_factory=dict)
    peers_on_conditions: Mapping[str, Sequence[Beside]] = field(default_factory=dict)

    @property
    def counted(self) -> list[SetResult]:
        """The sets that count in slices: none of them twice."""
        return [result for result in self.results if result.of.in_total]

    @property
    def plates(self) -> list[Plate]:
        """All plates of the sets that count in slices."""
        return [plate for result in self.counted for plate in result.plates]

    @property
    def chinese_photos(self) -> list[SetResult]:
        """The Chinese photo sets."""
        return [result for result in self.counted if result.of.chinese and not result.of.is_crops]

    def draw_misses(self, folder: Path) -> Path:
        """Draw every miss on one sheet per set.

        Raises:
            ValueError: If the folder lies in the repository: these are pictures of real plates.
        """
        if folder.resolve().is_relative_to(_REPOSITORY):
            raise ValueError("misses show real plates: choose a folder outside the repository")
        folder.mkdir(parents=True, exist_ok=True)
        for result in self.results:
            if result.misses:
                sheet = contact_sheet([one.tile() for one in result.misses], title=result.of.title)
                name = "".join(char if char.isalnum() else "_" for char in result.of.title)
                write_png(folder / f"{name}.png", sheet)
        return folder
