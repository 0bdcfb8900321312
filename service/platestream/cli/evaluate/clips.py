"""Clips: ``sequences.csv``, which numbers drive by in which frames of which clip.

CSV (UTF-8) with the columns ``sequence``, ``file``, ``frame``, ``seconds`` and ``texts``: the
numbers of which the whole can be seen in a frame, separated by spaces; empty for none. Further
columns are left alone. Frames are looked for beside the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from platestream.cli.evaluate.labels import LabelError, parse_frame, read_rows

_COLUMNS = ("sequence", "file", "frame", "seconds", "texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFrame:
    """A frame: its picture, its time in the clip, and the numbers it shows."""

    path: Path
    index: int
    seconds: float
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The frames of one clip, in time order.

    Attributes:
        name: ``FOLDER/CLIP``.
        frames: At least one.
    """

    name: str
    frames: tuple[ClipFrame, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The numbers that drive by, each once, in the order they are seen."""
        return tuple(dict.fromkeys(text for frame in self.frames for text in frame.texts))


def is_clip_file(file: Path) -> bool:
    """Whether a file is one of clips and not of labelled pictures, by its first line.

    What cannot be read is not: the reader of labels says what is wrong with it.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            header = stream.readline(10_000)
    except (OSError, UnicodeDecodeError):
        return False
    names = [name.strip().strip('"') for name in header.split(",")]
    return all(name in names for name in _COLUMNS) and "x1" not in names


def read_clips(files: Sequence[Path], *, limit: int | None = None) -> list[Clip]:
    """Read files of clips, in order.

    Args:
        files: The CSV files.
        limit: Most clips to take from each.

    Raises:
        LabelError: If a file is missing or has a row that makes no sense.
    """
    clips: list[Clip] = []
    for file in files:
        frames: dict[str, list[ClipFrame]] = {}
        seen: set[str] = set()
        for where, row in read_rows(file, _COLUMNS):
            name, clip = (row["file"] or "").strip(), (row["sequence"] or "").strip()
            if not name or not clip:
                raise LabelError(f"{where}: no file or no sequence")
            if name in seen:
                raise LabelError(f"{where}: {name} stands twice")
            seen.add(name)
            place = parse_frame(clip, row["frame"], row["seconds"], where)
            frame = ClipFrame(
                path=file.parent / name,
                index=place.index,
                seconds=place.seconds,
                texts=tuple((row["texts"] or "").split()),
            )
            frames.setdefault(clip, []).append(frame)
        folder = file.resolve().parent.name
        found = [
            Clip(
                name=f"{folder}/{clip}",
                frames=tuple(sorted(members, key=lambda one: (one.seconds, one.index))),
            )
            for clip, members in frames.items()
        ]
        clips.extend(found[:limit])
    return clips
