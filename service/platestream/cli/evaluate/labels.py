"""Label files: which plates are where in which picture.

A label file is CSV (UTF-8) with the columns ``file``, ``text``, ``x1,y1,x2,y2,x3,y3,x4,y4``,
``kind`` and ``split``; a picture with several plates has several rows. ``kind`` is ``corners``
(true corners), ``box`` (only a rectangle is known), ``text`` (the text is known, the place is not),
``crop`` (the file is itself a plate; no corners) or ``none`` (no plate). Further columns are left
alone. A ``sequences.csv`` beside it says which pictures are frames of one clip.
"""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

Kind = Literal["corners", "box", "text", "crop", "none"]
Split = Literal["train", "dev", "all"]
Corners = tuple[tuple[float, float], ...]

_KINDS: Final = ("corners", "box", "text", "crop", "none")
_COORDINATES: Final = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")
_COLUMNS: Final = ("file", "text", "kind", *_COORDINATES)
_CLIP_COLUMNS: Final = ("sequence", "file", "frame", "seconds")


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


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    """One plate: its text (empty where unknown) and corners in pixels (None where unknown)."""

    text: str
    corners: Corners | None
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPicture:
    """One picture with all plates that are labelled in it.

    Attributes:
        path: The picture.
        dataset: Name of the label file's folder.
        kind: How its first plate is labelled.
        plates: Empty for ``none``, exactly one for ``crop``.
        frame: Which frame of which clip it is; None for a picture that stands alone.
    """

    path: Path
    dataset: str
    kind: Kind
    plates: tuple[LabelledPlate, ...]
    frame: FrameOfClip | None = None


def read_labels(
    files: Sequence[Path], *, split: Split = "all", limit: int | None = None
) -> list[LabelledPicture]:
    """Read label files, in order.

    Args:
        files: The CSV files, or the folders with a ``labels.csv``; pictures are looked for beside.
        split: Which rows to take; a file without a ``split`` column gives all its rows.
        limit: Most pictures to take from each file.

    Raises:
        LabelError: If a file is missing, not a label file, or has a row that makes no sense.
    """
    pictures: list[LabelledPicture] = []
    for file in files:
        path = file / "labels.csv" if file.is_dir() else file
        pictures.extend(_read_file(path, split)[:limit])
    return pictures


def _read_file(file: Path, split: Split) -> list[LabelledPicture]:
    plates: dict[str, list[LabelledPlate]] = {}
    kinds: dict[str, Kind] = {}
    for where, row in read_rows(file, _COLUMNS):
        if split != "all" and row.get("split", split) != split:
            continue
        name, kind, plate = _parse_row(row, where)
        if kinds.setdefault(name, kind) != kind and "none" in (kind, kinds[name]):
            raise LabelError(f"{where}: {name} has and has no plate")
        plates.setdefault(name, []).extend([plate] if plate else [])
    dataset = file.resolve().parent.name
    frames = _read_sequences(file.with_name("sequences.csv"))
    return [
        LabelledPicture(
            path=file.parent / name,
            dataset=dataset,
            kind=kinds[name],
            plates=tuple(found),
            frame=frames.get(name),
        )
        for name, found in plates.items()
    ]


def read_rows(file: Path, columns: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    """Yield where each row stands, for messages, and the row.

    Raises:
        LabelError: If there is no such file, it is no CSV, or lacks one of ``columns``.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            missing = [name for name in columns if name not in (rows.fieldnames or ())]
            if missing:
                raise LabelError(f"{file}: no column {', '.join(missing)}")
            for row in rows:
                yield f"{file}, line {rows.line_num}", row
    except OSError as error:
        raise LabelError(f"{file}: {error.strerror or type(error).__name__}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{file}: not a CSV file in UTF-8") from error


def _parse_row(row: Mapping[str, str | None], where: str) -> tuple[str, Kind, LabelledPlate | None]:
    name, text = (row["file"] or "").strip(), (row["text"] or "").strip()
    kind = (row["kind"] or "").strip()
    if not name:
        raise LabelError(f"{where}: no file name")
    if kind not in _KINDS:
        raise LabelError(f"{where}: kind must be one of {', '.join(_KINDS)}")
    if kind == "none":
        return name, "none", None
    if kind == "crop":
        return name, "crop", LabelledPlate(text, None, "crop")
    if kind == "text":
        if not text:
            raise LabelError(f"{where}: kind text without a text")
        return name, "text", LabelledPlate(text, None, "text")
    try:
        values = [float(row[column] or "") for column in _COORDINATES]
    except ValueError:
        raise LabelError(f"{where}: the eight coordinates must be numbers") from None
    if not all(map(math.isfinite, values)):
        raise LabelError(f"{where}: the eight coordinates must be finite")
    corners = tuple(zip(values[::2], values[1::2], strict=True))
    labelled = cast("Kind", kind)
    return name, labelled, LabelledPlate(text, corners, labelled)


def _read_sequences(file: Path) -> dict[str, FrameOfClip]:
    """Read a ``sequences.csv`` with the columns ``sequence``, ``file``, ``frame``, ``seconds``.

    Returns:
        By file name; nothing if there is no such file.

    Raises:
        LabelError: If the file is there and makes no sense.
    """
    if not file.exists():
        return {}
    frames: dict[str, FrameOfClip] = {}
    for where, row in read_rows(file, _CLIP_COLUMNS):
        name, clip = (row["file"] or "").strip(), (row["sequence"] or "").strip()
        if not name or not clip:
            raise LabelError(f"{where}: no file or no sequence")
        if name in frames:
            raise LabelError(f"{where}: {name} stands twice")
        frames[name] = parse_frame(clip, row["frame"], row["seconds"], where)
    return frames


def parse_frame(clip: str, index: str | None, seconds: str | None, where: str) -> FrameOfClip:
    """Where in a clip a row's frame stands.

    Raises:
        LabelError: If frame or seconds are no usable numbers.
    """
    try:
        frame = FrameOfClip(clip=clip, index=int(index or ""), seconds=float(seconds or ""))
    except ValueError:
        raise LabelError(f"{where}: frame and seconds must be numbers") from None
    if frame.index < 0 or not math.isfinite(frame.seconds):
        raise LabelError(f"{where}: frame and seconds must be finite and not below 0")
    return frame
