"""``platestream read --video``: the frames of a video file to passages, in this process."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rich.table import Table

from platestream.cli import opening
from platestream.cli.console import err, out, progress_bar
from platestream.cli.exits import CliError, ExitCode
from platestream.cli.read import camera_settings
from platestream.cli.report import encode_jpeg
from platestream.cli.video_file import Video, VideoFrame, around
from platestream.contract.errors import FrameError
from platestream.contract.readings import PlateReading
from platestream.passages.passage import Passage
from platestream.passages.sighting import FrameSightings
from platestream.passages.tracker import PassageTracker
from platestream.stream.reader import PictureReader
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.drawing import with_plates_covered
from platestream.vision.isolated import read_safely
from platestream.vision.picture.guard import check_sides
from platestream.vision.settings import PictureLimits

Form = Literal["table", "json", "ndjson"]


def run_read_video(
    path: Path,
    *,
    form: Form,
    every: int | None,
    rate: float | None,
    shots: Path | None,
    config: Path | None,
    camera: str | None,
    camera_file: Path | None,
    bundle: Path | None,
    providers: Sequence[str],
) -> ExitCode:
    """Read a video and tell who passed, by the time since its beginning.

    Args:
        path: The video file.
        form: A table at the end, one JSON object at the end, or a line for each passage at once.
        every: Take every so many frames; None for all.
        rate: Take about so many frames a second instead.
        shots: Folder for the best shot of each passage; None for none.
        config: File of settings.
        camera: Read as the settings of this camera say.
        camera_file: Where those are.
        bundle: The models.
        providers: What they run on.

    Raises:
        CliError: If the video or the models cannot be used, or the folder cannot be written.
        ConfigError: If settings cannot be used.
    """
    video = Video(path)
    if every is None:
        every = video.every_for(rate) if rate is not None else 1
    settings = opening.settings_for(bundle, providers, config=config)
    particular = camera_settings(camera, settings, camera_file, crops=False)
    reader = opening.open_reader(settings)
    # Frames of a file are in order: nothing has to be waited for.
    tracker = PassageTracker(settings.passages.model_copy(update={"lateness_ms": 0}))
    passages: list[Passage] = []
    taken = failed = 0
    total = None if video.count is None else -(-video.count // every)
    with progress_bar("Reading", total=total) as step:
        for frame in video.frames(every):
            answer = _read(reader, frame, particular, settings.pictures)
            taken += 1
            failed += isinstance(answer, FrameError)
            readings = () if isinstance(answer, FrameError) else answer
            told = tracker.observe(
                FrameSightings.of_readings(
                    readings,
                    camera_id=camera or path.name,
                    frame_id=str(frame.index),
                    captured_at=frame.milliseconds,
                    model=reader.model,
                )
            )
            passages += told
            _print_lines(told, form)
            step()
    told = tracker.finish()
    passages += told
    _print_lines(told, form)
    if not taken:
        raise CliError(f"{path}: not a video that can be decoded", ExitCode.USAGE)
    if form == "json":
        summary = {"frames": taken, "passages": [passage_json(one) for one in passages]}
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    elif form == "table":
        _print_table(passages, taken)
    if shots is not None:
        _write_shots(video, passages, shots, cover=settings.privacy.hides_plates)
    if failed:
        err().print(f"{failed} of {taken} frames could not be read.")
    return ExitCode.SOME_FAILED if failed else ExitCode.OK


def passage_json(passage: Passage) -> dict[str, Any]:
    """A passage of a video, times in milliseconds since its beginning."""
    shot = passage.best_shot
    return {
        "passage_id": passage.passage_id,
        "plate_number": passage.plate_number,
        "plate_color": passage.plate_color.value,
        "confidence": passage.confidence,
        "complete": passage.complete,
        "first_seen_ms": passage.first_seen,
        "last_seen_ms": passage.last_seen,
        "dwell_ms": passage.dwell_ms,
        "looks": passage.looks,
        "direction": passage.direction.value,
        "best_shot": {
            "frame": int(shot.frame_id),
            "captured_ms": shot.captured_at,
            "plate_location": [list(corner) for corner in shot.plate_location],
            "confidence": shot.confidence,
        },
    }


def _read(
    reader: PictureReader,
    frame: VideoFrame,
    camera: CameraSettings | None,
    limits: PictureLimits,
) -> tuple[PlateReading, ...] | FrameError:
    height, width = frame.picture.shape[:2]
    try:
        check_sides(width, height, limits)
    except FrameError as error:
        return error
    [answer] = read_safely(lambda pictures: reader.read(pictures, [camera]), [frame.picture])
    return answer


def _print_lines(passages: Sequence[Passage], form: Form) -> None:
    if form == "ndjson":
        for passage in passages:
            sys.stdout.write(json.dumps(passage_json(passage), ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _print_table(passages: Sequence[Passage], frames: int) -> None:
    table = Table(title=f"{len(passages)} passages in {frames} frames", title_justify="left")
    for name in ("first seen", "seen for", "number", "colour", "confidence", "looks"):
        table.add_column(name, justify="left" if name in ("number", "colour") else "right")
    table.add_column("direction")
    table.add_column("best shot", justify="right")
    for one in passages:
        table.add_row(
            _clock(one.first_seen),
            f"{one.dwell_ms / 1000:.1f} s",
            one.plate_number or "?",
            one.plate_color.value,
            f"{one.confidence:.2f}",
            str(one.looks),
            one.direction.value,
            f"frame {one.best_shot.frame_id}",
        )
    out().print(table)


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"


def _write_shots(video: Video, passages: Sequence[Passage], folder: Path, *, cover: bool) -> None:
    """Decode the video once more: no picture had to be kept for the chance that it is the best.

    Where numbers are hidden, all that is written is the plate's surroundings, the plate covered:
    other plates may stand elsewhere in the picture.
    """
    wanted: Mapping[int, list[Passage]] = _by_frame(passages)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for frame in video.frames() if wanted else ():
            for passage in wanted.get(frame.index, ()):
                picture = frame.picture
                if cover:
                    corners = passage.best_shot.plate_location
                    picture = around(with_plates_covered(picture, [corners]), corners)
                target = folder / f"{passage.passage_id}.jpg"
                target.write_bytes(encode_jpeg(picture))
    except OSError as error:
        raise CliError(f"{folder}: {error.strerror or error}", ExitCode.FATAL) from error


def _by_frame(passages: Sequence[Passage]) -> dict[int, list[Passage]]:
    wanted: dict[int, list[Passage]] = {}
    for passage in passages:
        wanted.setdefault(int(passage.best_shot.frame_id), []).append(passage)
    return wanted
