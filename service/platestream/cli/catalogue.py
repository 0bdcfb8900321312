"""The commands that show what the package carries: schemas and model bundles."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.exits import CliError, ExitCode
from platestream.cli.flags import leave

schemas = typer.Typer(no_args_is_help=True, help="The Avro schemas of the topics.")
models = typer.Typer(no_args_is_help=True, help="The model bundles.")


@schemas.command("list")
def schemas_list() -> None:
    """List the schemas."""
    from rich.table import Table

    from platestream.cli.console import out
    from platestream.contract.schemas import bundled_schemas

    table = Table("name", "full name", "fields", "what it is")
    for name, schema in bundled_schemas().items():
        described = schema.as_dict()
        table.add_row(
            str(name), schema.fullname, str(len(described["fields"])), described.get("doc", "")
        )
    out().print(table)


@schemas.command("show")
def schemas_show(name: Annotated[str, typer.Argument(help="Such as PlateEvent.")]) -> None:
    """Print one schema's JSON, ready for a registry or any Avro library."""
    from platestream.contract.schemas import SchemaName, bundled_schemas

    by_name = {str(known).lower(): known for known in SchemaName}
    by_name |= {schema.fullname.lower(): known for known, schema in bundled_schemas().items()}
    known = by_name.get(name.removesuffix(".avsc").lower())
    if known is None:
        names = ", ".join(str(item) for item in SchemaName)
        raise CliError(f"There is no schema '{name}'; there are {names}.", ExitCode.USAGE)
    sys.stdout.write(bundled_schemas()[known].text.rstrip() + "\n")


@models.command("list")
def models_list() -> None:
    """List the bundles that the package carries."""
    from rich.table import Table

    from platestream.cli.console import err, out
    from platestream.vision.models.bundle import BundleError, ModelBundle, list_bundles

    table = Table("bundle", "version", "made", "licence", "size", "precision", "reads", "folder")
    state = ExitCode.OK
    for folder in list_bundles():
        try:
            bundle = ModelBundle.load(folder)
        except BundleError as error:
            err().print(f"{folder.name}: {error}", style="red", markup=False, highlight=False)
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
        raise CliError("This installation carries no model bundle.", ExitCode.FATAL)
    out().print(table)
    leave(state)


@models.command("verify")
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


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
