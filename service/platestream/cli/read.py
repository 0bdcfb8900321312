"""The body of ``platestream read``."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from platestream.cli import opening
from platestream.cli.console import err, out, progress_bar
from platestream.cli.exits import CliError, ExitCode
from platestream.cli.pictures import (
    LoadedPicture,
    batches,
    expand,
    load_all,
)
from platestream.cli.report import encode_jpeg
from platestream.config import Settings
from platestream.config.cameras import known_cameras
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.forms import error_json, result_json
from platestream.contract.readings import PlateReading
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.drawing import annotate, mark_of, with_plates_covered
from platestream.vision.isolated import read_safely
from platestream.vision.picture.picture import Picture

Answer = tuple[PlateReading, ...] | FrameError


def run_read(
    inputs: Sequence[Path],
    *,
    as_json: bool,
    crops: bool,
    annotate_folder: Path | None,
    config: Path | None = None,
    camera: str | None = None,
    camera_file: Path | None = None,
    bundle: Path | None,
    providers: Sequence[str],
) -> ExitCode:
    """Read picture files, one line each in the order given.

    Raises:
        CliError: If there is nothing to read, the flags contradict each other, or the models cannot
            be used.
        ConfigError: If settings cannot be used.
    """
    paths = list(expand(inputs))
    if not paths:
        raise CliError("No picture files in the given folders.", ExitCode.USAGE)
    settings = opening.settings_for(bundle, providers, config=config)
    particular = camera_settings(camera, settings, camera_file, crops=crops)
    reader = opening.open_reader(settings)
    keeper = (
        _AnnotatedPictures(annotate_folder, particular, cover_plates=settings.privacy.hides_plates)
        if annotate_folder is not None
        else None
    )

    def read(pictures: Sequence[Picture]) -> list[tuple[PlateReading, ...]]:
        if crops:
            return reader.read_crops([picture.pixels for picture in pictures])
        return reader.read(pictures, [particular] * len(pictures))

    def prepare(picture: Picture) -> None:
        if crops:
            picture.at(1)
        else:
            reader.prepare(picture)

    failed = 0
    with progress_bar("Reading", total=len(paths)) as step:
        for batch in batches(load_all(paths, settings.pictures, prepare)):
            pictures = [loaded.source for loaded in batch if loaded.source is not None]
            answers = iter(read_safely(read, pictures))
            for loaded in batch:
                answer = next(answers) if loaded.source is not None else _error_of(loaded)
                answer, line = _checked(loaded.path, answer)
                failed += isinstance(answer, FrameError)
                _print(line, answer, as_json=as_json)
                if keeper is not None and not isinstance(answer, FrameError):
                    keeper.keep(loaded, answer)
                step()
    if failed and not as_json:
        err().print(f"{failed} of {len(paths)} files could not be read.")
    return ExitCode.SOME_FAILED if failed else ExitCode.OK


def camera_settings(
    camera: str | None, settings: Settings, camera_file: Path | None, *, crops: bool
) -> CameraSettings | None:
    """A camera's settings, as far as they can be known without a broker; says whose they are."""
    if camera is None and camera_file is not None:
        raise CliError("--camera-file has no effect without --camera.", ExitCode.USAGE)
    if camera is not None and crops:
        raise CliError("--camera is for whole pictures, and --crops for plates.", ExitCode.USAGE)
    if camera is None:
        return None
    table = known_cameras(settings, camera_file)
    key = table.key_of(camera)
    if key is None:
        err().print(f"Camera {camera} has no settings of its own.", markup=False)
    elif key != camera:
        err().print(f"Camera {camera} has the settings of {key}.", markup=False)
    return table.of(camera)


def answer_json(path: Path, answer: Answer) -> dict[str, Any]:
    """The documented form of one answer, with the file's name."""
    # A name that is not UTF-8 cannot stand in JSON; its odd bytes are shown escaped.
    name = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(answer, FrameError):
        return {"file": name, **error_json(answer)}
    return {"file": name, "result": result_json(answer)}


def _error_of(loaded: LoadedPicture) -> FrameError:
    return loaded.error or FrameError(ErrorCode.PICTURE_DAMAGED)


def _checked(path: Path, answer: Answer) -> tuple[Answer, dict[str, Any]]:
    """The answer and its JSON form; a reading outside the contract becomes an error."""
    try:
        return answer, answer_json(path, answer)
    except FrameError as error:
        return error, answer_json(path, error)


def _print(form: dict[str, Any], answer: Answer, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(form, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    line = Text(form["file"] + ": ")
    if isinstance(answer, FrameError):
        line.append(str(answer), style="red")
    elif not answer:
        line.append("no plate", style="dim")
    for index, reading in enumerate(() if isinstance(answer, FrameError) else answer):
        line.append("; " if index else "")
        line.append(reading.plate_number or "?", style="bold")
        line.append(f" {reading.plate_color.value} {reading.confidence:.2f}")
    out().print(line, soft_wrap=True)


class _AnnotatedPictures:
    """Writes annotated pictures into one folder, names kept apart where files share one."""

    def __init__(self, folder: Path, camera: CameraSettings | None, *, cover_plates: bool) -> None:
        self._folder = folder
        self._camera = camera
        self._cover_plates = cover_plates
        self._names: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CliError(f"{folder}: {error.strerror or error}", ExitCode.FATAL) from error

    def keep(self, loaded: LoadedPicture, readings: tuple[PlateReading, ...]) -> None:
        picture = loaded.picture
        if picture is None:
            return
        stem, number = loaded.path.stem, 1
        while stem in self._names:
            number += 1
            stem = f"{loaded.path.stem}-{number}"
        self._names.add(stem)
        if self._cover_plates:
            picture = with_plates_covered(picture, [one.plate_location for one in readings])
        picture = annotate(picture, [mark_of(reading) for reading in readings], self._camera)
        target = self._folder / f"{stem}.jpg"
        try:
            target.write_bytes(encode_jpeg(picture))
        except OSError as error:
            raise CliError(f"{target}: {error.strerror or error}", ExitCode.FATAL) from error
