"""Measures a bundle on the conditions and the sets, and prints it beside an earlier run.

``python -m benchmarks.accuracy.conditions --data DATA --bundle DIR --baseline FILE --save FILE``
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from benchmarks.accuracy.conditions.catalogue import CONDITIONS
from benchmarks.accuracy.conditions.compare import asked_table, sets_comparison, variants_table
from benchmarks.accuracy.conditions.measure import measure
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings

if TYPE_CHECKING:
    from typing import Any


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy.conditions",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--bundle", type=Path, help="the packaged one when not given")
    parser.add_argument("--baseline", type=Path, help="figures of an earlier run (JSON)")
    parser.add_argument("--save", type=Path, help="write this run's figures here (JSON)")
    parser.add_argument(
        "--made",
        type=Path,
        default=Path("build/conditions"),
        help="where the made pictures are kept; never inside what is published: real plates",
    )
    parser.add_argument("--only", nargs="+", choices=[one.name for one in CONDITIONS], default=[])
    parser.add_argument("--no-sets", action="store_true", help="the conditions alone")
    parser.add_argument("--limit", type=int, help="most pictures of each condition")
    parser.add_argument(
        "--set-limit", type=int, default=110, help="most pictures of a set's folder; 0: all"
    )
    parser.add_argument("--variants", action="store_true", help="print every variant, too")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    reader = PlateReader(ModelBundle.load(options.bundle), threads=1, settings=VisionSettings())
    reader.warm_up()
    figures = measure(
        reader,
        PictureLimits(),
        options.data,
        options.made,
        only=options.only,
        sets=not options.no_sets,
        limit=options.limit,
        set_limit=options.set_limit or None,
    ).figures
    if options.save is not None:
        text = json.dumps(figures, ensure_ascii=False, indent=1)
        options.save.write_text(text + "\n", encoding="utf-8")
    baseline: dict[str, Any] | None = None
    if options.baseline is not None:
        baseline = json.loads(options.baseline.read_text(encoding="utf-8"))
        print(f"{baseline['model']} → {figures['model']}\n")
    print(asked_table(figures, baseline))
    if baseline is not None and "sets" in figures:
        print("\n" + sets_comparison(figures, baseline))
    if options.variants:
        for name in figures["conditions"]:
            print(f"\n{name}\n\n{variants_table(figures, name)}")


if __name__ == "__main__":
    main()
