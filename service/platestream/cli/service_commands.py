"""The commands that run the service and its interfaces."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.flags import (
    AssignmentsOption,
    BootstrapOption,
    CheckConfigOption,
    ConfigOption,
    JsonOption,
    leave,
)

commands = typer.Typer()


@commands.command()
def run(
    *,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
    check_config: CheckConfigOption = False,
    http: Annotated[
        bool, typer.Option("--http", help="Open the HTTP interface, too, on the same models.")
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

    leave(
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


@commands.command()
def replay(
    *,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
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
    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            metavar="NAME",
            help="Begin where the last run of this name ended: each dead letter is looked at once "
            "over all its runs, and what the flags do not select is passed over for good.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Look and count; publish, keep and register nothing."),
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Publish dead-lettered frames again, those that the flags select.

    The frame's message is read again from its topic, or else taken from its failure record. It
    keeps the frame's identity and gets the attribute replayed_from. A frame that failed several
    times is taken once, by its last failure. Without --group the whole topic is looked at, so a
    second run publishes the same frames again, those that were read in between, too. With it, the
    place is kept together with the frames. Exit code 1: some are gone, or records unreadable.
    """
    from platestream.cli.replay import run_replay

    leave(
        run_replay(
            config,
            assignments=assignments or [],
            bootstrap_servers=bootstrap_servers,
            codes=codes or [],
            cameras=cameras or [],
            since=since,
            until=until,
            limit=limit,
            group=group,
            dry_run=dry_run,
            as_json=json_output,
        )
    )


@commands.command()
def probe(
    *,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Instead of the packaged one.")
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1.0, help="Seconds for all of it.")
    ] = 60.0,
    json_output: JsonOption = False,
) -> None:
    """Send a frame to a running service and wait for its plate.

    With the settings of that service. The frame is a packaged picture with a made-up plate, of the
    camera platestream-probe, with the attribute probe=true; who reads the plates sees its event,
    too. The group is not joined, and nothing is committed. The plate's number is not shown.

    Exit code 1: the frame failed, showed no plate, or nothing came in time; 3: the brokers are away
    or refuse.
    """
    from platestream.cli.probe import run_probe

    leave(
        run_probe(
            config,
            assignments=assignments or [],
            bootstrap_servers=bootstrap_servers,
            picture=picture,
            timeout=timeout,
            as_json=json_output,
        )
    )


@commands.command()
def serve(
    *,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
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
    check_config: CheckConfigOption = False,
) -> None:
    """Answer the documented HTTP API, without a broker, with a live page at /.

    SIGTERM and SIGINT finish the requests in flight; a second signal stops at once.
    """
    from platestream.cli.serve import serve_http

    leave(
        serve_http(
            config,
            assignments=assignments or [],
            host=host,
            port=port,
            credentials=credentials,
            no_auth=no_auth,
            check_config=check_config,
        )
    )


@commands.command()
def token() -> None:
    """Make a token: for its user the token, for the credentials file its hash."""
    from platestream.web.credentials import new_token

    token, digest = new_token()
    # The token is for its user and is stored nowhere; the hash is what the file holds.
    sys.stdout.write(f"token: {token}\nhash:  {digest}\n")


@commands.command("privacy-key")
def privacy_key() -> None:
    """Make a key for the pseudonyms of plate numbers: an entry of `keys:`, in force from now on."""
    from datetime import UTC, datetime

    from platestream.stream.privacy import new_key

    sys.stdout.write(new_key(datetime.now(UTC)))
