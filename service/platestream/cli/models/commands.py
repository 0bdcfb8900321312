"""The commands that work with model bundles."""

from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.exits import CliError, ExitCode
from platestream.cli.flags import leave

commands = typer.Typer(no_args_is_help=True, help="The model bundles.")

FolderArgument = Annotated[
    Path, typer.Argument(help="Where bundles lie side by side; vision.bundle is FOLDER/current.")
]


@commands.command("list")
def models_list(
    folder: Annotated[
        Path | None, typer.Argument(help="Where bundles lie; the package when not given.")
    ] = None,
) -> None:
    """List the bundles of the package, or those in a folder."""
    from rich.table import Table

    from platestream.cli.console import err, out
    from platestream.vision.models.bundle import BundleError, ModelBundle, list_bundles

    table = Table("bundle", "version", "made", "licence", "size", "precision", "reads", "folder")
    state = ExitCode.OK
    for found in list_bundles(folder):
        try:
            bundle = ModelBundle.load(found)
        except BundleError as error:
            err().print(f"{found.name}: {error}", style="red", markup=False, highlight=False)
            state = ExitCode.SOME_FAILED
            continue
        manifest = bundle.manifest
        table.add_row(
            manifest.name,
            manifest.version,
            manifest.created_at.isoformat(),
            manifest.licence,
            _megabytes(bundle.size),
            ", ".join(bundle.precisions),
            f"{len(manifest.recognizer.alphabet)} characters",
            str(bundle.path),
        )
    if not table.row_count and state is ExitCode.OK:
        where = "This installation carries" if folder is None else f"In {folder} there is"
        raise CliError(f"{where} no model bundle.", ExitCode.FATAL)
    out().print(table)
    leave(state)


@commands.command("verify")
def models_verify(
    path: Annotated[
        Path | None, typer.Argument(help="Folder of a bundle; the packaged one when not given.")
    ] = None,
) -> None:
    """Check a bundle: manifest, checksums, and one run of each model."""
    from platestream.cli.console import out
    from platestream.vision.models.bundle import BundleError
    from platestream.vision.models.session import ProviderError
    from platestream.vision.verify import verify_bundle

    try:
        report = verify_bundle(path)
    except BundleError as error:
        raise CliError(f"Not a good bundle: {error}", ExitCode.SOME_FAILED) from error
    except ProviderError as error:
        raise CliError(str(error), ExitCode.FATAL) from error
    manifest = report.manifest
    out().print(
        f"{manifest.name} {manifest.version}: good ({_megabytes(report.size)}, {report.path})",
        highlight=False,
    )


@commands.command("use")
def models_use(
    folder: FolderArgument,
    name: Annotated[str, typer.Argument(help="The bundle's folder in it.")],
) -> None:
    """Verify a bundle and point FOLDER/current to it; a running service swaps to it."""
    from platestream.cli.console import out
    from platestream.cli.models.shelf import Shelf

    chosen = Shelf(folder).use(name)
    out().print(f"in use: {chosen}", highlight=False, markup=False)


@commands.command("rollback")
def models_rollback(folder: FolderArgument) -> None:
    """Point FOLDER/current back to the bundle before; a second time undoes the first."""
    from platestream.cli.console import out
    from platestream.cli.models.shelf import Shelf

    chosen = Shelf(folder).roll_back()
    out().print(f"in use: {chosen}", highlight=False, markup=False)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
