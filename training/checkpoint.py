"""Checkpoints of the trainers: written in one move, and once more when told to stop."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Self

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import FrameType


def write_checkpoint(state: Mapping[str, Any], path: Path) -> None:
    """Write ``state`` to ``path`` in one move: a kill leaves the old file or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    torch.save(dict(state), fresh)
    fresh.replace(path)


class StopRequest:
    """For the time of a block, SIGTERM is a wish that the trainer asks for between two steps."""

    def __init__(self) -> None:
        self.made = False
        self._before: Any = signal.SIG_DFL

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.made = True


def leave_stopping_to_trainer() -> None:
    """In a loader's worker: ignore SIGTERM.

    One that is sent to the whole process group would kill the worker, and the trainer would raise
    for its loss instead of saving. The trainer ends its workers through their queues, and a worker
    ends by itself when the trainer is gone.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
