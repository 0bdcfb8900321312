"""The stage profile of frames with and without plates."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.speed.stages import Node, follow, operators, with_operators
from platestream.vision.models import session as sessions
from platestream.vision.picture.picture import Picture
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.speed.frames import SpeedFrame
    from benchmarks.speed.results import Figures

# Less of a frame's time than this has no box of its own.
_LEAST: Final = 0.004


def profile_frames(
    frames: Sequence[SpeedFrame], times: int, advance: Callable[[], None]
) -> Figures:
    """Return the call tree of each kind of frame, as JSON, in milliseconds per frame."""
    data = {frame: frame.path.read_bytes() for frame in frames}
    limits = PictureLimits()
    reader = PlateReader.from_settings(VisionSettings(threads=1))
    reader.warm_up()
    kinds: dict[str, list[SpeedFrame]] = {}
    for frame in frames:
        kinds.setdefault(f"{frame.size}-{frame.plates}", []).append(frame)
    trees: dict[str, Any] = {}
    for kind, members in kinds.items():

        def work(members: Sequence[SpeedFrame] = members) -> None:
            for frame in members:
                reader.read([Picture.encoded(data[frame], limits)])

        work()
        tree = follow("a frame", work, times)
        _per_frame(tree, len(members))
        with_operators(tree, _operators(members, data))
        trees[kind] = tree.pruned(_LEAST * tree.total_ms).as_json()
        advance()
    return {"bundle": reader.model.version, "times": times, "trees": trees}


def _per_frame(node: Node, frames: int) -> None:
    node.own_ms /= frames
    for child in node.children.values():
        _per_frame(child, frames)


def _operators(
    members: Sequence[SpeedFrame], data: dict[SpeedFrame, bytes]
) -> dict[str, dict[str, float]]:
    """Shares by operator of each model, from sessions that profile themselves."""
    plain = sessions._session_options  # noqa: SLF001 - the product has no such setting, rightly
    made: list[sessions.ModelSession] = []
    with tempfile.TemporaryDirectory() as folder:

        def profiling(runtime: Any, threads: int | None) -> Any:
            options = plain(runtime, threads)
            options.enable_profiling = True
            options.profile_file_prefix = os.path.join(folder, "ops")  # noqa: PTH118
            return options

        start = sessions.ModelSession.__init__

        def noted(self: sessions.ModelSession, *arguments: Any, **named: Any) -> None:
            start(self, *arguments, **named)
            made.append(self)

        sessions._session_options = profiling  # noqa: SLF001
        sessions.ModelSession.__init__ = noted  # type: ignore[method-assign]
        try:
            reader = PlateReader.from_settings(VisionSettings(threads=1))
        finally:
            sessions._session_options = plain  # noqa: SLF001
            sessions.ModelSession.__init__ = start  # type: ignore[method-assign]
        for frame in members:
            reader.read([Picture.encoded(data[frame], PictureLimits())])
        return {
            one.label: operators(Path(one._session.end_profiling()))  # noqa: SLF001
            for one in made
        }
