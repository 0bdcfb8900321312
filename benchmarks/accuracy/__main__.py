"""Measures everything and writes ``ACCURACY.md``, the pages it links and their diagrams.

``python -m benchmarks.accuracy --data ../shared/data --out docs [--peers FOLDER]``
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.accuracy.report import write_report
from benchmarks.accuracy.run import measure_all


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="where ACCURACY.md goes")
    parser.add_argument("--bundle", type=Path, help="the packaged one when not given")
    parser.add_argument(
        "--peers", type=Path, help="folder with one environment per peer (make accuracy-peers)"
    )
    parser.add_argument("--peer-limit", type=int, default=110, help="most pictures per folder")
    parser.add_argument("--rendered", type=int, default=500, help="rendered plates per kind")
    parser.add_argument("--limit", type=int, help="most pictures per folder, for a quick look")
    parser.add_argument(
        "--misses", type=Path, help="draw the misses here; never inside a repository: real plates"
    )
    parser.add_argument(
        "--made", type=Path, help="where the conditions' pictures are kept; left out if not given"
    )
    parser.add_argument(
        "--peers-on-conditions", action="store_true", help="ask the peers for the conditions, too"
    )
    options = parser.parse_args(arguments)
    run = measure_all(
        options.data,
        bundle=options.bundle,
        peers=options.peers,
        peer_limit=options.peer_limit,
        rendered=options.rendered,
        limit=options.limit,
        made=options.made,
        peers_on_conditions=options.peers_on_conditions,
    )
    print(write_report(run, options.out))
    if options.misses is not None:
        print(run.draw_misses(options.misses))


if __name__ == "__main__":
    main()
