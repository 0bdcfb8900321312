"""The commands that read pictures without a broker of your own."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.flags import (
    BundleOption,
    CameraFileOption,
    CameraOption,
    ConfigOption,
    JsonOption,
    ProviderOption,
    leave,
)

commands = typer.Typer()


class SplitName(StrEnum):
    """Which rows of a label file are taken."""

    DEV = "dev"
    TRAIN = "train"
    ALL = "all"


@commands.command()
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

    leave(
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


@commands.command()
def read(
    pictures: Annotated[list[Path] | None, typer.Argument(help="Picture files or folders.")] = None,
    *,
    video: Annotated[
        Path | None,
        typer.Option("--video", help="A video file instead of pictures: one line per passage."),
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, help="With --video: take every so many frames.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(min=0.1, max=1000, help="With --video: take about so many frames a second."),
    ] = None,
    ndjson: Annotated[
        bool,
        typer.Option("--ndjson", help="With --video: JSON, a line for each passage."),
    ] = False,
    shots: Annotated[
        Path | None, typer.Option("--shots", help="With --video: folder for the best shots.")
    ] = None,
    json_output: JsonOption = False,
    crops: Annotated[
        bool, typer.Option("--crops", help="Each picture is a plate that was cut out already.")
    ] = False,
    annotate: Annotated[
        Path | None, typer.Option("--annotate", help="Folder for pictures with the plates drawn.")
    ] = None,
    config: ConfigOption = None,
    camera: CameraOption = None,
    camera_file: CameraFileOption = None,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
) -> None:
    """Read picture files, without a broker: one line each, in the order given.

    Of a folder all JPEG, PNG, BMP and TIFF files are read, subfolders included. A bad file does not
    stop the rest; the exit code is then 1. With --camera a picture is read as if that camera had
    sent it; --annotate then draws its areas, too.

    With --video the frames of one file are read and made into passages: one for each vehicle.
    """
    if video is not None:
        from platestream.cli.video import run_read_video

        if pictures or crops or annotate or (json_output and ndjson) or (every and fps):
            raise typer.BadParameter(
                "--video goes without pictures, --crops and --annotate, with one of --json and "
                "--ndjson, and with one of --every and --fps."
            )
        leave(
            run_read_video(
                video,
                form="ndjson" if ndjson else "json" if json_output else "table",
                every=every,
                rate=fps,
                shots=shots,
                config=config,
                camera=camera,
                camera_file=camera_file,
                bundle=bundle,
                providers=provider or [],
            )
        )
    if every or fps or ndjson or shots:
        raise typer.BadParameter("--every, --fps, --ndjson and --shots go with --video.")
    if not pictures:
        raise typer.BadParameter("name picture files or folders, or a --video.")
    from platestream.cli.read import run_read

    leave(
        run_read(
            pictures,
            as_json=json_output,
            crops=crops,
            annotate_folder=annotate,
            config=config,
            camera=camera,
            camera_file=camera_file,
            bundle=bundle,
            providers=provider or [],
        )
    )


@commands.command()
def evaluate(
    labels: Annotated[
        list[Path],
        typer.Argument(
            help="Label files (CSV), or folders with a labels.csv; or files of clips "
            "(sequences.csv), which are measured by passages."
        ),
    ],
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
    """Measure the reader on labelled pictures: found, read, false plates, calibration, time.

    On clips: passages right, missed, split, merged and false; single frames beside the vote.
    """
    from platestream.cli.evaluate.command import run_evaluate

    leave(
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
