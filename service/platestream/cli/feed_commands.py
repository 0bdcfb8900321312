"""The command that sends frames: ``platestream feed``."""

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
def feed(
    source: Annotated[
        str | None,
        typer.Argument(
            help="rtsp://, rtsps://, http:// or https://, a video file or a folder of pictures."
        ),
    ] = None,
    *,
    camera: Annotated[
        str | None, typer.Option("--camera", metavar="ID", help="Whose pictures they are.")
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option("--sources", help="YAML file of cameras, as under feed.sources."),
    ] = None,
    fps: Annotated[
        float | None, typer.Option("--fps", help="Most frames a second that go on.")
    ] = None,
    motion: Annotated[
        bool, typer.Option("--motion", help="Leave frames out while nothing moves.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow a folder: files that are written into it.")
    ] = False,
    loop: Annotated[
        bool, typer.Option("--loop", help="Begin a film or folder again at its end.")
    ] = False,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Play a film or folder as fast as it was taken.")
    ] = False,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
    check_config: CheckConfigOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and count; publish nothing.")
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Publish frames of cameras, films and folders on the frames topic.

    Cameras are connected again when they go; films and folders end. SIGTERM and SIGINT publish what
    is ready; a second signal stops at once. Exit code 1: frames are missing that should be there.
    """
    from platestream.cli.feed import FeedFlags, run_feed

    flags = FeedFlags(
        source=source,
        camera=camera,
        sources=sources,
        chosen={
            "fps": fps,
            "motion": motion or None,
            "watch": watch or None,
            "loop": loop or None,
            "realtime": realtime or None,
        },
    )
    leave(
        run_feed(
            config,
            flags,
            assignments=assignments or [],
            bootstrap_servers=bootstrap_servers,
            check_config=check_config,
            dry_run=dry_run,
            as_json=json_output,
        )
    )
