"""Terminals: results go to standard output, everything else to standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

# Rich wraps at 80 columns where there is no terminal, which would break one line per picture.
_PIPE_WIDTH = 240


def out() -> Console:
    """The console for results."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def err() -> Console:
    """The console for progress and complaints."""
    return Console(file=sys.stderr, width=None if sys.stderr.isatty() else _PIPE_WIDTH)


@contextmanager
def progress_bar(title: str, *, total: int | None) -> Iterator[Callable[[], None]]:
    """Show a progress bar on stderr while the body runs, if stderr is a terminal.

    Yields:
        A function that says that one more is done.
    """
    console = err()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def bytes_bar(
    title: str,
) -> Iterator[tuple[Callable[[int | None], None], Callable[[int], None]]]:
    """Show how much of a file has come on stderr while the body runs, if that is a terminal.

    Yields:
        A function for how many bytes there are, if that is known, and one for how many more came.
    """
    console = err()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns,
        TransferSpeedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda total: bar.update(task, total=total), lambda more: bar.advance(task, more)
