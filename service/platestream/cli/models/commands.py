"""The commands that work with model bundles."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.exits import CliError, ExitCode
from platestream.cli.flags import JsonOption, leave

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
    from platestream.cli.models.shelf import bad_bundle_told
    from platestream.vision.verify import verify_bundle

    with bad_bundle_told():
        report = verify_bundle(path)
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


@commands.command("pull")
def models_pull(
    source: Annotated[
        str,
        typer.Argument(
            help="oci://REGISTRY/REPOSITORY, or an archive at https://, s3://, gs:// or az://; "
            "with @sha256:DIGEST."
        ),
    ],
    into: Annotated[Path, typer.Option("--into", help="Where bundles lie side by side.")],
    *,
    digest: Annotated[
        str | None, typer.Option("--digest", help="sha256:…, where the source does not have it.")
    ] = None,
    use: Annotated[
        bool, typer.Option("--use", help="Then point current in that folder to it.")
    ] = False,
    max_bytes: Annotated[
        int, typer.Option("--max-bytes", min=1, help="How large it may be.")
    ] = 1_000_000_000,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Speak HTTP with the OCI registry.")
    ] = False,
) -> None:
    """Fetch a bundle by its digest, verify it, and put it into a folder in one step.

    What broke off is gone on with the next time; what is there already is not fetched again.
    """
    from platestream.cli.console import bytes_bar, out
    from platestream.cli.models.parts import PullError
    from platestream.cli.models.pulling import pull
    from platestream.cli.models.reference import Reference, SourceError
    from platestream.cli.models.shelf import Shelf
    from platestream.vision.models.bundle import BundleError
    from platestream.vision.models.session import ProviderError

    try:
        reference = Reference.parse(source, digest)
    except SourceError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    try:
        with bytes_bar(reference.shown) as (total, advance):
            name = pull(
                reference,
                into,
                most_bytes=max_bytes,
                insecure=plain_http,
                total=total,
                advance=advance,
            )
    except BundleError as error:
        raise CliError(f"Not a good bundle: {error}", ExitCode.SOME_FAILED) from error
    except (PullError, ProviderError) as error:
        raise CliError(f"{reference.shown}: {error}", ExitCode.FATAL) from error
    except OSError as error:
        raise CliError(f"{into}: {error.strerror or error}", ExitCode.FATAL) from error
    out().print(str(into / name), highlight=False, markup=False, soft_wrap=True)
    if use:
        Shelf(into).use(name)


@commands.command("push")
def models_push(
    folder: Annotated[Path, typer.Argument(help="Folder of a bundle.")],
    target: Annotated[str, typer.Argument(help="oci://REGISTRY/REPOSITORY:TAG")],
    *,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Speak HTTP with the registry.")
    ] = False,
) -> None:
    """Verify a bundle, store it in an OCI registry and print its source with the digest."""
    from platestream.cli.models.parts import BrokenOffError, PullError
    from platestream.cli.models.pushing import push
    from platestream.cli.models.reference import SourceError, split_target
    from platestream.cli.models.shelf import bad_bundle_told

    try:
        host, repository, tag = split_target(target)
    except SourceError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    try:
        with bad_bundle_told():
            digest = push(folder, host, repository, tag, insecure=plain_http)
    except (PullError, BrokenOffError) as error:
        raise CliError(str(error), ExitCode.FATAL) from error
    sys.stdout.write(f"oci://{host}/{repository}@{digest}\n")


@commands.command("compare")
def models_compare(
    active: Annotated[Path, typer.Argument(help="Folder of the bundle in use.")],
    shadow: Annotated[Path, typer.Argument(help="Folder of the other bundle.")],
    inputs: Annotated[list[Path], typer.Argument(help="Pictures and folders of them.")],
    *,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write an HTML page; it holds plate numbers.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Read pictures with two bundles: same plates, same texts, confidence, found only by one."""
    from platestream.cli.models.compare_command import compare_bundles

    leave(compare_bundles(active, shadow, inputs, report, as_json=json_output))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
