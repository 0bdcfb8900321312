"""The body of ``platestream models compare``."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from platestream.cli.console import err, out, progress_bar
from platestream.cli.exits import CliError, ExitCode
from platestream.cli.models.comparing import Agreement, compare_over
from platestream.cli.opening import open_reader, settings_for
from platestream.cli.pictures import expand, load_all
from platestream.config import Settings
from platestream.vision.arrays import UInt8Array


def compare_bundles(
    active: Path, shadow: Path, inputs: Sequence[Path], report: Path | None, *, as_json: bool
) -> ExitCode:
    """Read pictures with both bundles and tell where they agree.

    Raises:
        CliError: If a bundle cannot be used, there is no picture, or the report cannot be written.
    """
    settings = settings_for(active, ())
    readers = (open_reader(settings), open_reader(settings_for(shadow, ())))
    paths = list(expand(inputs))
    if not paths:
        raise CliError("No picture files in the given folders.", ExitCode.USAGE)
    failed: list[Path] = []
    with progress_bar("Comparing", total=len(paths)) as advance:
        agreement = compare_over(_pictures(settings, paths, failed), *readers, advance)
    if report is not None:
        try:
            report.write_text(agreement.as_html(), encoding="utf-8")
        except OSError as error:
            raise CliError(f"{report}: {error.strerror}", ExitCode.USAGE) from error
    if as_json:
        json.dump(agreement.as_json(), sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        _print(agreement)
    return ExitCode.SOME_FAILED if failed else ExitCode.OK


def _pictures(
    settings: Settings, paths: Sequence[Path], failed: list[Path]
) -> Iterator[tuple[Path, UInt8Array]]:
    for loaded in load_all(paths, settings.pictures, lambda picture: picture.at(1)):
        if loaded.picture is None:
            failed.append(loaded.path)
            err().print(f"{loaded.path}: {loaded.error}", style="red", markup=False)
            continue
        yield loaded.path, loaded.picture


def _print(agreement: Agreement) -> None:
    both = agreement.same_text + agreement.other_text
    out().print(
        f"{agreement.pictures} pictures; found by both {both}, with the same text "
        f"{agreement.same_text}; only by {agreement.active} {agreement.only_active}, only by "
        f"{agreement.shadow} {agreement.only_shadow}; confidence "
        f"{agreement.mean_confidence_difference:+.3f}",
        highlight=False,
        markup=False,
    )
