"""The bodies of ``platestream schemas`` and ``platestream models``."""

import sys
from pathlib import Path

from rich.table import Table

from platestream.cli.console import err, out
from platestream.cli.exits import CliError, ExitCode


def list_schemas() -> ExitCode:
    """Show the bundled Avro schemas."""
    from platestream.contract.schemas import bundled_schemas

    table = Table("name", "full name", "fields", "what it is")
    for name, schema in bundled_schemas().items():
        described = schema.as_dict()
        table.add_row(
            str(name), schema.fullname, str(len(described["fields"])), described.get("doc", "")
        )
    out().print(table)
    return ExitCode.OK


def show_schema(name: str) -> ExitCode:
    """Print one schema's JSON.

    Raises:
        CliError: If there is no such schema.
    """
    from platestream.contract.schemas import SchemaName, bundled_schemas

    by_name = {str(known).lower(): known for known in SchemaName}
    by_name |= {schema.fullname.lower(): known for known, schema in bundled_schemas().items()}
    known = by_name.get(name.removesuffix(".avsc").lower())
    if known is None:
        names = ", ".join(str(item) for item in SchemaName)
        raise CliError(f"There is no schema '{name}'; there are {names}.", ExitCode.USAGE)
    sys.stdout.write(bundled_schemas()[known].text.rstrip() + "\n")
    return ExitCode.OK


def list_models() -> ExitCode:
    """Show the model bundles that the package carries, by their manifests."""
    from platestream.vision.models.bundle import BundleError, ModelBundle, list_bundles

    table = Table("bundle", "version", "made", "licence", "size", "reads", "folder")
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
            _megabytes(len(bundle.detector) + len(bundle.recognizer)),
            f"{len(manifest.recognizer.alphabet)} characters",
            str(bundle.path),
        )
    if not table.row_count and state is ExitCode.OK:
        raise CliError("This installation carries no model bundle.", ExitCode.FATAL)
    out().print(table)
    return state


def verify_model(path: Path | None) -> ExitCode:
    """Check a bundle: manifest, checksums, both models opened and run once.

    Raises:
        CliError: With ``SOME_FAILED`` if anything is not as the manifest says.
    """
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
    return ExitCode.OK


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
