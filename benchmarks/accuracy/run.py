"""One run over everything: our reader on all sets, then every peer on the same pictures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.accuracy.conditions.beside import Beside, ask
from benchmarks.accuracy.conditions.catalogue import CONDITIONS
from benchmarks.accuracy.conditions.measure import measure_condition
from benchmarks.accuracy.measure import SetResult, measure_set, rendered_kinds
from benchmarks.accuracy.peers.client import PEERS, Peer, PeerSpec
from benchmarks.accuracy.results import Run
from benchmarks.accuracy.sets import SETS, PictureSet
from platestream.cli.evaluate.measure import evaluate
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.accuracy.conditions.measured import Measured
    from platestream.cli.evaluate.labels import LabelledPicture
    from platestream.cli.evaluate.outcomes import PictureOutcome


def measure_all(
    data: Path,
    *,
    bundle: Path | None = None,
    peers: Path | None = None,
    peer_limit: int | None = None,
    rendered: int = 500,
    limit: int | None = None,
    made: Path | None = None,
    peers_on_conditions: bool = False,
) -> Run:
    """Measure our reader and the peers, one after the other, each with one thread.

    Args:
        data: Folder of the data sets.
        bundle: The models; the packaged ones when None.
        peers: Folder with one environment per peer; None leaves them out.
        peer_limit: Most pictures of a folder that peers are asked, our figures beside them too.
        rendered: Rendered plates of each special Chinese kind; 0 leaves them out.
        limit: Most pictures of a folder.
        made: Where the conditions' pictures are kept; None leaves the conditions out.
        peers_on_conditions: Ask the peers for the conditions, too.
    """
    models = ModelBundle.load(bundle)
    reader = PlateReader(models, threads=1, settings=VisionSettings())
    reader.warm_up()
    limits = PictureLimits()
    results = []
    for chosen in SETS:
        if all((data / folder).is_dir() for folder in chosen.folders):
            results.append(measure_set(chosen, chosen.pictures(data, limit), reader, limits))
            _say(f"{chosen.title}: {len(results[-1].outcomes)} pictures")
    conditions: dict[str, Measured] = {}
    for condition in CONDITIONS if made is not None else ():
        if made is not None:
            conditions[condition.name] = measure_condition(
                condition, data, made, lambda ones: evaluate(ones, reader, limits).outcomes, limit
            )
            _say(f"{condition.title}: {len(conditions[condition.name].outcomes)} pictures")
    kinds = rendered_kinds(models, rendered) if rendered else {}
    asked = {
        result.of.title: _thinned(result, peer_limit)
        for result in results
        if result.of.asks_peers and _has_text(result)
    }
    ours = {title: outcomes for title, (_, outcomes) in asked.items()}
    measured, beside = _ask_peers(
        peers, asked, conditions if peers_on_conditions else {}, peer_limit
    )
    return Run(
        model=str(models.model),
        manifest=models.manifest,
        results=results,
        kinds=kinds,
        rendered=rendered,
        peers=measured,
        ours=ours,
        conditions=conditions,
        peers_on_conditions=beside,
    )


def _ask_peers(
    peers: Path | None,
    asked: Mapping[str, tuple[list[LabelledPicture], list[PictureOutcome]]],
    conditions: Mapping[str, Measured],
    limit: int | None,
) -> tuple[dict[str, tuple[PeerSpec, dict[str, list[PictureOutcome]]]], dict[str, list[Beside]]]:
    """Return what every installed peer made of the sets, and of the conditions beside ours."""
    measured: dict[str, tuple[PeerSpec, dict[str, list[PictureOutcome]]]] = {}
    beside: dict[str, list[Beside]] = {}
    for spec in PEERS if peers is not None else ():
        python = peers / spec.name / "bin" / "python" if peers is not None else None
        if python is None or not python.exists():
            _say(f"{spec.name}: no environment, left out")
            continue
        with Peer(spec, python) as peer:
            by_set = {}
            for title, (pictures, _) in asked.items():
                if spec.chinese_only and not _set_of(title).chinese:
                    continue
                by_set[title] = peer.outcomes(pictures)
                _say(f"{peer.title}, {title}: {len(pictures)} pictures")
            measured[peer.title] = (spec, by_set)
            for name, ours in conditions.items():
                figure = ask(peer, ours, limit)
                if figure is not None:
                    beside.setdefault(name, []).append(figure)
                    _say(f"{peer.title}, {name}: {figure.pictures} pictures")
    return measured, beside


def _set_of(title: str) -> PictureSet:
    return next(chosen for chosen in SETS if chosen.title == title)


def _has_text(result: SetResult) -> bool:
    return any(plate.outcome.label.text for plate in result.plates)


def _thinned(
    result: SetResult, most: int | None
) -> tuple[list[LabelledPicture], list[PictureOutcome]]:
    step = max(1, -(-len(result.outcomes) // most)) if most else 1
    outcomes = list(result.outcomes[::step])
    return [outcome.picture for outcome in outcomes], outcomes


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
