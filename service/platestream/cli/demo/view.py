"""The demo's live view: a progress bar and the latest plates."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from platestream.cli.demo.tally import Tally

_LATEST: Final = 12
_STYLES: Final = {
    "blue": "bold white on blue",
    "green": "bold white on green",
    "black": "bold white on black",
    "white": "bold black on white",
    "yellow": "bold black on yellow",
}


class DemoView:
    """What is shown while frames go through; nothing where the console is no terminal."""

    def __init__(self, console: Console, total: int, names: list[str]) -> None:
        self._console = console
        self._names = names
        self._progress = Progress(
            TextColumn("frames"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._task = self._progress.add_task("frames", total=total)
        self._live: Live | None = None
        self._latest: list[dict[str, Any]] = []
        self._counts = Text()

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show it while the body runs."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self._render(), console=self._console, refresh_per_second=8) as live:
            self._live = live
            yield
            live.update(self._render(), refresh=True)
        self._live = None

    def plate(self, event: dict[str, Any], picture: int) -> None:
        """One more plate event, of picture number ``picture``."""
        self._latest = [*self._latest[-_LATEST + 1 :], {**event, "picture": self._names[picture]}]

    def update(self, tally: Tally) -> None:
        """Show the state of the tally."""
        if self._live is None:
            return
        self._progress.update(self._task, completed=len(tally.results))
        self._counts = Text.assemble(
            (f"{len(tally.plates)} plates", "bold"),
            f"   {len(tally.failures)} frames failed   {tally.frames_in_flight} in flight",
        )
        self._live.update(self._render())

    def _render(self) -> RenderableType:
        table = Table("plate", "colour", "confidence", "camera", "picture", title_justify="left")
        for event in self._latest:
            plate = event["plate"]
            color = plate["plate_color"]
            table.add_row(
                Text(f" {plate['plate_number'] or '?'} ", style=_STYLES.get(color, "bold")),
                color,
                confidence_bar(plate["confidence"]),
                event["camera_id"],
                event["picture"],
            )
        return Group(table, self._counts, self._progress)


def confidence_bar(value: float, width: int = 10) -> Text:
    """A confidence 0..1 as a bar of ``width`` characters and a number."""
    filled = round(min(max(value, 0.0), 1.0) * width)
    return Text.assemble(
        ("█" * filled, "green" if value >= 0.9 else "yellow"),  # noqa: PLR2004 - only a colour
        ("░" * (width - filled), "dim"),
        f" {value:.3f}",
    )
