"""Measures speed side by side, prints the ratios and writes ``docs/PERFORMANCE.md``.

``python -m benchmarks.speed [--parts reader,service] [--base COMMIT] [--rounds 3]``

Each part adds its figures to ``docs/performance/results.json``; the page and its plots are drawn
from that file, so that parts can be measured apart. On two idle cores with three rounds: reader
4 minutes (an earlier build is installed at first, 1 minute more), profile 1, service 8, spinning 3,
peers 3.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.speed import parts
from benchmarks.speed.builds import revision
from benchmarks.speed.report import summary, write_report
from benchmarks.speed.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: Final = {
    "reader": parts.measure_reader,
    "profile": parts.measure_profile,
    "service": parts.measure_service,
    "plan": parts.measure_plan,
    "spinning": parts.measure_spinning,
    "peers": parts.measure_peers,
}


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--parts", default="all", help=f"of {', '.join(PARTS)}, by commas")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("docs"), help="where PERFORMANCE.md is")
    parser.add_argument("--cache", type=Path, default=Path("build/speed"))
    parser.add_argument("--peers", type=Path, default=Path("build/peers"))
    parser.add_argument("--base", default="", help="earlier commits, by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--each", type=int, default=3, help="frames of a kind")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load of the service")
    parser.add_argument("--report-only", action="store_true", help="draw the page anew, no more")
    options = parser.parse_args(arguments)
    results = Results(options.out / "performance" / "results.json")
    plan = parts.Plan(
        data=options.data,
        cache=options.cache,
        rounds=options.rounds,
        each=options.each,
        base=tuple(filter(None, options.base.split(","))),
        peers=options.peers,
        seconds=options.seconds,
    )
    wanted = list(PARTS) if options.parts in ("all", "") else options.parts.split(",")
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for name in [] if options.report_only else wanted:
        command = "python -m benchmarks.speed " + shlex.join(arguments or sys.argv[1:])
        try:
            with _progress() as progress:
                figures = PARTS[name](plan, _starter(progress))
        except RuntimeError as error:
            print(f"{name}: not measured: {error}", file=sys.stderr)
            continue
        results.save(name, figures, command=command.strip(), revision=revision())
        print(summary(name, figures), flush=True)
    print(write_report(results.load(), options.out))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )


def _starter(progress: Progress) -> Callable[[str, int], Callable[[], None]]:
    def start(title: str, steps: int) -> Callable[[], None]:
        task = progress.add_task(title, total=steps)
        return lambda: progress.advance(task)

    return start


if __name__ == "__main__":
    main()
