"""``platestream run`` whose model is slow for as long as the file ``DRILL_FILE`` is there."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from platestream.cli import opening
from platestream.cli.app import main

# 16 frames where 48 come meanwhile: after a minute they are later than the threshold, 30 s.
_BATCH_S: Final = 12.0
_open_reader = opening.open_reader


class _SlowReader:
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def read(self, pictures: Sequence[Any], cameras: Any = None) -> Any:
        if Path(os.environ["DRILL_FILE"]).exists():
            time.sleep(_BATCH_S)
        return self._reader.read(pictures, cameras)


def _open_slow(*arguments: Any, **named: Any) -> Any:
    return _SlowReader(_open_reader(*arguments, **named))


opening.open_reader = _open_slow
main()
