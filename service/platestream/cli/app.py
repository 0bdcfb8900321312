"""The ``platestream`` command: puts the commands together and turns errors into exit codes.

Nothing heavy is imported before a command runs, so that ``--help`` and shell completion are quick.

Exit codes: 0 all went well; 1 the command ran through but a picture, frame or check failed; 2 wrong
flags, settings or input files; 3 it could not go on; 130 and 143 stopped by a signal.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from platestream.cli import (
    capacity_commands,
    catalogue,
    feed_commands,
    passages_commands,
    picture_commands,
    service_commands,
)
from platestream.cli.exits import CliError, ExitCode, process_exit
from platestream.cli.models.commands import commands as model_commands

app = typer.Typer(
    name="platestream",
    help="A licence plate reader that lives on Apache Kafka: frame events in, plate events out.",
    epilog="Exit codes: 0 ok, 1 some pictures or frames failed, 2 wrong usage or settings, "
    "3 could not go on.",
    no_args_is_help=True,
    # Both, as a traceback with local variables would show plates and credentials.
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(service_commands.commands)
app.add_typer(passages_commands.commands)
app.add_typer(passages_commands.hotlist, name="hotlist")
app.add_typer(feed_commands.commands)
app.add_typer(picture_commands.commands)
app.add_typer(capacity_commands.commands)
app.add_typer(catalogue.schemas, name="schemas")
app.add_typer(model_commands, name="models")


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
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    del version
    _state.debug = debug


class _State:
    debug = False


_state = _State()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; every error is one clear line on stderr.

    Args:
        arguments: Without them those of the process are meant, and it is the process that ends.
    """
    if arguments is None:
        with process_exit():
            _main(None)
    else:
        _main(arguments)


def _main(arguments: Sequence[str] | None) -> None:
    try:
        app(args=None if arguments is None else list(arguments))
    except CliError as error:
        if _state.debug:
            traceback.print_exc()
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


def _fail(message: str, code: ExitCode) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.write(f"platestream: {message}\n")
    raise SystemExit(int(code))
