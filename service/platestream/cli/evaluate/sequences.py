"""Which pictures of a folder are the frames of one clip: the ``sequences.csv`` beside its labels.

Frames are read and counted one by one, as pictures are; the clip is one more way to group them.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_COLUMNS: Final = ("sequence", "file", "frame", "seconds")


class LabelError(Exception):
    """A label file that cannot be used; the message names the file and the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOfClip:
    """Where in which clip a picture was taken.

    Attributes:
        clip: Name of the clip, within its folder.
        index: Number of the frame in the clip, from 0.
        seconds: Time since the clip began.
    """

    clip: str
    index: int
    seconds: float


def read_sequences(file: Path) -> dict[str, FrameOfClip]:
    """Read a ``sequences.csv`` with the columns ``sequence``, ``file``, ``frame``, ``seconds``.

    Returns:
        By file name; nothing if there is no such file.

    Raises:
        LabelError: If the file is there and makes no sense.
    """
    if not file.exists():
        return {}
    frames: dict[str, FrameOfClip] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise LabelError(f"{file}: no column {', '.join(missing)}")
            for row in rows:
                where = f"{file}, line {rows.line_num}"
                name, clip = (row["file"] or "").strip(), (row["sequence"] or "").strip()
                if not name or not clip:
                    raise LabelError(f"{where}: no file or no sequence")
                if name in frames:
                    raise LabelError(f"{where}: {name} stands twice")
                frames[name] = _frame(clip, row["frame"], row["seconds"], where)
    except OSError as error:
        raise LabelError(f"{file}: {error.strerror or type(error).__name__}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{file}: not a CSV file in UTF-8") from error
    return frames


def _frame(clip: str, index: str | None, seconds: str | None, where: str) -> FrameOfClip:
    try:
        frame = FrameOfClip(clip=clip, index=int(index or ""), seconds=float(seconds or ""))
    except ValueError:
        raise LabelError(f"{where}: frame and seconds must be numbers") from None
    if frame.index < 0 or not math.isfinite(frame.seconds):
        raise LabelError(f"{where}: frame and seconds must be finite and not below 0")
    return frame
