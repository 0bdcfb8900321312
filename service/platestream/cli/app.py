"""The ``platestream`` command: flags and help here, the work in the modules beside it.

Nothing heavy is imported before a command runs, so that ``--help`` and shell completion are quick.

Exit codes: 0 all went well; 1 the command ran through but a picture, frame or check failed; 2 wrong
flags, settings or input files; 3 it could not go on; 130 and 143 stopped by a signal.
"""

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from platestream.cli.exits import CliError, ExitCode

app = typer.Typer(
    name="platestream",
    help="A licence plate reader that lives on Apache Kafka: frame events in, plate events out.",
    epilog="Exit codes: 0 ok, 1 some pictures or frames failed, 2 wrong usage or settings, "
    "3 could not go on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
schemas_app = typer.Typer(no_args_is_help=True, help="The Avro schemas of the topics.")
models_app = typer.Typer(no_args_is_help=True, help="The model bundles.")
app.add_typer(schemas_app, name="schemas")
app.add_typer(models_app, name="models")


class SplitName(StrEnum):
    """Which rows of a label file are taken."""

    DEV = "dev"
    TRAIN = "train"
    ALL = "all"


BundleOption = Annotated[
    Path | None,
    typer.Option("--bundle", help="Folder of a model bundle; the packaged one when not given."),
]
ProviderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--provider",
        help="onnxruntime execution provider (cpu, cuda, tensorrt …); again for a fall-back.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from platestream import __version__

        sys.stdout.write(f"platestream {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    del version
    _state.debug = debug


class _State:
    debug = False


_state = _State()


@app.command()
def run(
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="YAML file of settings.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting, such as kafka.group_id=a."),
    ] = None,
    bootstrap_servers: Annotated[
        str | None, typer.Option("--bootstrap-servers", help="Brokers, host:port with commas.")
    ] = None,
    check_config: Annotated[
        bool,
        typer.Option("--check-config", help="Print the settings, secrets hidden, and stop."),
    ] = False,
    http: Annotated[
        bool, typer.Option("--http", help="Open the HTTP door, too, on the same models.")
    ] = False,
    credentials: Annotated[
        Path | None,
        typer.Option("--credentials", help="With --http: YAML file of tokens and signing keys."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="With --http: let everybody in.")
    ] = False,
) -> None:
    """Run the service: frame events in, plate events out.

    Settings come from flags, environment (PLATESTREAM_KAFKA__GROUP_ID …), file and defaults, in
    this order. SIGTERM and SIGINT drain what is in flight; a second signal stops at once.
    """
    from platestream.cli.run import run_service

    _leave(
        run_service(
            config,
            assignments=assignments or [],
            bootstrap_servers=bootstrap_servers,
            check_config=check_config,
            http=http,
            credentials=credentials,
            no_auth=no_auth,
        )
    )


@app.command()
def replay(
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="YAML file of settings.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting, such as kafka.topics.…"),
    ] = None,
    bootstrap_servers: Annotated[
        str | None, typer.Option("--bootstrap-servers", help="Brokers, host:port with commas.")
    ] = None,
    codes: Annotated[
        list[str] | None,
        typer.Option("--error-code", help="Failed with this code; again for another."),
    ] = None,
    cameras: Annotated[
        list[str] | None, typer.Option("--camera", help="Of this camera; again for another.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Failed since: an ISO 8601 time, or 90m, 6h, 2d ago."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Failed before: as --since.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Most frames.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look and count, publish nothing.")
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Publish dead-lettered frames again, those that the flags select.

    The frame's message is taken from its failure record, or else read again from its topic. It
    keeps the frame's identity and gets the attribute replayed_from. Exit code 1: some are gone.
    """
    from platestream.cli.replay import run_replay

    _leave(
        run_replay(
            config,
            assignments=assignments or [],
            bootstrap_servers=bootstrap_servers,
            codes=codes or [],
            cameras=cameras or [],
            since=since,
            until=until,
            limit=limit,
            dry_run=dry_run,
            as_json=json_output,
        )
    )


@app.command()
def serve(
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="YAML file of settings.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting, such as web.rate_limit=…"),
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 picks a free one.")
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option("--credentials", help="YAML file of tokens and signing keys per project."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let everybody in who can reach the port.")
    ] = False,
) -> None:
    """Answer the documented HTTP API, without a broker, with a live page at /.

    SIGTERM and SIGINT finish the requests in flight; a second signal stops at once.
    """
    from platestream.cli.serve import serve_http

    _leave(
        serve_http(
            config,
            assignments=assignments or [],
            host=host,
            port=port,
            credentials=credentials,
            no_auth=no_auth,
        )
    )


@app.command()
def token() -> None:
    """Make a token: for its user the token, for the credentials file its hash."""
    from platestream.cli.token import print_token

    _leave(print_token())


@app.command()
def demo(
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(help="Picture files or folders; the package's own when none are given."),
    ] = None,
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the report and the pictures.")
    ] = Path("demo-out"),
    frames: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000_000,
            help="Frames to send; the pictures take turns. [default: 80, "
            "or one for each given picture if that is more]",
        ),
    ] = None,
    partitions: Annotated[
        int, typer.Option(min=1, max=64, help="Partitions of the embedded broker's topics.")
    ] = 4,
    json_output: JsonOption = False,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
) -> None:
    """See it work: frames through the real service and a broker inside this process."""
    from platestream.cli.demo.command import run_demo

    _leave(
        run_demo(
            pictures or [],
            out_folder=out,
            frames=frames,
            partitions=partitions,
            as_json=json_output,
            bundle=bundle,
            providers=provider or [],
        )
    )


@app.command()
def read(
    pictures: Annotated[list[Path], typer.Argument(help="Picture files or folders.")],
    *,
    json_output: JsonOption = False,
    crops: Annotated[
        bool, typer.Option("--crops", help="Each picture is a plate that was cut out already.")
    ] = False,
    annotate: Annotated[
        Path | None, typer.Option("--annotate", help="Folder for pictures with the plates drawn.")
    ] = None,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
) -> None:
    """Read picture files, without a broker: one line each, in the order given.

    Of a folder all JPEG, PNG, BMP and TIFF files are read, subfolders included. A bad file does not
    stop the rest; the exit code is then 1.
    """
    from platestream.cli.read import run_read

    _leave(
        run_read(
            pictures,
            as_json=json_output,
            crops=crops,
            annotate_folder=annotate,
            bundle=bundle,
            providers=provider or [],
        )
    )


@app.command()
def evaluate(
    labels: Annotated[list[Path], typer.Argument(help="Label files (CSV).")],
    *,
    json_output: JsonOption = False,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for report, plots and misses.")
    ] = Path("evaluation-out"),
    split: Annotated[SplitName, typer.Option(help="Which rows to take.")] = SplitName.DEV,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most pictures from each label file.")
    ] = None,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
) -> None:
    """Measure the reader on labelled pictures: found, read, false plates, calibration, time."""
    from platestream.cli.evaluate.command import run_evaluate

    _leave(
        run_evaluate(
            labels,
            out_folder=out,
            split=split.value,
            limit=limit,
            as_json=json_output,
            bundle=bundle,
            providers=provider or [],
        )
    )


@schemas_app.command("list")
def schemas_list() -> None:
    """List the schemas."""
    from platestream.cli.catalogue import list_schemas

    _leave(list_schemas())


@schemas_app.command("show")
def schemas_show(name: Annotated[str, typer.Argument(help="Such as PlateEvent.")]) -> None:
    """Print one schema's JSON, ready for a registry or any Avro library."""
    from platestream.cli.catalogue import show_schema

    _leave(show_schema(name))


@models_app.command("list")
def models_list() -> None:
    """List the bundles that the package carries."""
    from platestream.cli.catalogue import list_models

    _leave(list_models())


@models_app.command("verify")
def models_verify(
    path: Annotated[
        Path | None, typer.Argument(help="Folder of a bundle; the packaged one when not given.")
    ] = None,
) -> None:
    """Check a bundle: manifest, checksums, and one run of each model."""
    from platestream.cli.catalogue import verify_model

    _leave(verify_model(path))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; every error is one clear line on stderr."""
    try:
        app(args=None if arguments is None else list(arguments))
    except CliError as error:
        _fail(error.message, error.code)
    except KeyboardInterrupt:
        _fail("interrupted", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        _end_quietly()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # the library made an exit code 1 of it
            _end_quietly()
        raise
    except Exception as error:
        from platestream.config import ConfigError

        if isinstance(error, ConfigError):
            _fail("\n  ".join(["wrong settings:", *error.problems]), ExitCode.USAGE)
        if _state.debug:
            raise
        reason = " ".join(str(error).split())[:500]
        _fail(
            f"unexpected error: {type(error).__name__}: {reason} (--debug shows where)",
            ExitCode.FATAL,
        )


def _end_quietly() -> NoReturn:
    """End well: the reader of our output (head, less) has gone, which is no error.

    Python would complain once more when it flushes at exit, so standard output leads nowhere now.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    raise SystemExit(int(ExitCode.OK)) from None


def _leave(code: ExitCode) -> None:
    raise typer.Exit(int(code))


def _fail(message: str, code: ExitCode) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.write(f"platestream: {message}\n")
    raise SystemExit(int(code))
