"""The body of ``platestream evaluate``."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from platestream.cli import opening
from platestream.cli.console import err, out, progress_bar
from platestream.cli.evaluate.clip_output import print_clip_figures, write_clip_output
from platestream.cli.evaluate.clips import Clip, is_clip_file, read_clips
from platestream.cli.evaluate.figures import figures
from platestream.cli.evaluate.labels import LabelError, LabelledPicture, Split, read_labels
from platestream.cli.evaluate.measure import evaluate
from platestream.cli.evaluate.output import print_figures, write_output
from platestream.cli.evaluate.passages import evaluate_clips
from platestream.cli.evaluate.passages import figures as clip_figures
from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings
from platestream.stream.reader import PictureReader


def run_evaluate(
    labels: Sequence[Path],
    *,
    out_folder: Path,
    split: Split,
    limit: int | None,
    as_json: bool,
    bundle: Path | None,
    providers: Sequence[str],
) -> ExitCode:
    """Measure the reader on label files.

    Raises:
        CliError: If a label file or the models cannot be used, plate numbers are hidden, or the
            output cannot be written.
    """
    of_clips = [is_clip_file(file) for file in labels]
    if any(of_clips) and not all(of_clips):
        raise CliError("Label files and files of clips are measured apart.", ExitCode.USAGE)
    pictures: list[LabelledPicture] = []
    clips: list[Clip] = []
    try:
        if any(of_clips):
            clips = read_clips(labels, limit=limit)
        else:
            pictures = read_labels(labels, split=split, limit=limit)
    except LabelError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    if not pictures and not clips:
        raise CliError(f"No pictures in split '{split}' of these label files.", ExitCode.USAGE)
    settings = opening.settings_for(bundle, providers)
    if settings.privacy.hides_plates:
        raise CliError(
            "evaluate compares plate numbers with labels, which privacy.plate_number hides; set it "
            "to clear for this command",
            ExitCode.USAGE,
        )
    reader = opening.open_reader(settings)
    if clips:
        return _measure_clips(clips, reader, settings, out_folder=out_folder, as_json=as_json)
    with progress_bar("Reading", total=len(pictures)) as step:
        evaluation = evaluate(pictures, reader, settings.pictures, progress=step)
    found = figures(evaluation.outcomes)
    model = str(reader.model)
    try:
        report = write_output(out_folder, evaluation, found, model=model, split=split)
    except OSError as error:
        raise CliError(f"{out_folder}: {error.strerror or error}", ExitCode.FATAL) from error
    if as_json:
        summary = {"model": model, "split": split, **found, "report": str(report)}
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    else:
        print_figures(out(), found)
        out().print(f"{len(evaluation.misses)} misses; report: {report}", highlight=False)
    if found["unreadable_pictures"]:
        err().print(f"{found['unreadable_pictures']} pictures could not be read (see the report).")
        return ExitCode.SOME_FAILED
    return ExitCode.OK


def _measure_clips(
    clips: Sequence[Clip],
    reader: PictureReader,
    settings: Settings,
    *,
    out_folder: Path,
    as_json: bool,
) -> ExitCode:
    with progress_bar("Reading clips", total=len(clips)) as step:
        outcomes = evaluate_clips(
            clips, reader, settings.pictures, settings.passages, progress=step
        )
    found = clip_figures(outcomes)
    try:
        passages = write_clip_output(out_folder, outcomes, found)
    except OSError as error:
        raise CliError(f"{out_folder}: {error.strerror or error}", ExitCode.FATAL) from error
    if as_json:
        model = str(reader.model)
        summary = {"model": model, **found, "list": str(passages)}
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    else:
        print_clip_figures(out(), found)
        out().print(f"passages: {passages}", highlight=False)
    return ExitCode.SOME_FAILED if found["unreadable_pictures"] else ExitCode.OK
