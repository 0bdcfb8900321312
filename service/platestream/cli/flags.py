"""Flags that several commands share, and how a command ends."""

from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.exits import ExitCode

ConfigOption = Annotated[Path | None, typer.Option("--config", "-c", help="YAML file of settings.")]
AssignmentsOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting, such as kafka.group_id=a."),
]
BootstrapOption = Annotated[
    str | None, typer.Option("--bootstrap-servers", help="Brokers, host:port with commas.")
]
CheckConfigOption = Annotated[
    bool,
    typer.Option("--check-config", help="Check and print the settings, secrets hidden, and stop."),
]
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
CameraOption = Annotated[
    str | None,
    typer.Option("--camera", metavar="ID", help="Read as the settings of this camera say."),
]
CameraFileOption = Annotated[
    Path | None,
    typer.Option(
        "--camera-file", help="Settings of cameras, in place of camera_source.file; with --camera."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


def leave(code: ExitCode) -> None:
    """End the command with its exit code."""
    raise typer.Exit(int(code))
