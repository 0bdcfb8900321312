"""One way of spending time on a picture, asked picture by picture; see ``serve.py`` for how.

``python worker.py decode|sessions|read``. Runs in the environment of the build that is
measured, today's or an earlier one, so it uses only what has stood in both:
``PlateReader.from_settings``, ``warm_up`` and ``read``, ``decode_picture``, ``ModelSession.run``.

- ``decode``: the picture's bytes to pixels, nothing else.
- ``sessions``: the runs of onnxruntime that reading the picture takes, with the inputs that they
  have there, and nothing else. What they are is recorded when a picture is asked for first.
- ``read``: both, and all that is around them.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "accuracy" / "peers"))

from platestream.vision.models.session import ModelSession
from platestream.vision.picture.decode import decode_picture
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings

# No package: it runs where there is nothing but the standard library.
_protocol = import_module("serve")
_LIMITS = PictureLimits()
Lines = list[dict[str, Any]]


class Recorder:
    """Keeps which sessions run, and on what."""

    def __init__(self) -> None:
        self._run = ModelSession.run
        self.runs: list[tuple[ModelSession, tuple[Any, ...]]] = []

        def recording(session: ModelSession, *arrays: Any) -> Any:
            self.runs.append((session, tuple(array.copy() for array in arrays)))
            return self._run(session, *arrays)

        ModelSession.run = recording  # type: ignore[method-assign, assignment]

    def replay(self, runs: list[tuple[ModelSession, tuple[Any, ...]]]) -> None:
        """Run them once more, unrecorded."""
        for session, arrays in runs:
            self._run(session, *arrays)


def main() -> None:
    """Answer requests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=("decode", "sessions", "read"))
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    if asked.mode == "decode":
        _protocol.serve("decoding alone", _decode)
        return
    reader = PlateReader.from_settings(VisionSettings(threads=asked.threads))
    recorder = Recorder() if asked.mode == "sessions" else None
    reader.warm_up()
    title = f"bundle {reader.model.version}"
    known: dict[str, list[tuple[ModelSession, tuple[Any, ...]]]] = {}

    def read(path: str, _crop: bool) -> Lines:
        (found,) = reader.read([_opened(Path(path).read_bytes())])
        return [
            _protocol.line(one.plate_number, one.plate_location, one.confidence) for one in found
        ]

    def sessions(path: str, crop: bool) -> Lines:
        if recorder is not None and path not in known:
            recorder.runs = []
            read(path, crop)
            known[path] = recorder.runs
        elif recorder is not None:
            recorder.replay(known[path])
        return []

    _protocol.serve(title, read if recorder is None else sessions)


def _opened(data: bytes) -> Any:
    """A picture as the build's own service hands it to the reader."""
    try:
        picture = import_module("platestream.vision.picture.picture").Picture
    except ModuleNotFoundError:  # builds that decode every picture in full
        return decode_picture(data, _LIMITS)
    return picture.encoded(data, _LIMITS)


def _decode(path: str, _crop: bool) -> Lines:
    decode_picture(Path(path).read_bytes(), _LIMITS)
    return []


if __name__ == "__main__":
    main()
