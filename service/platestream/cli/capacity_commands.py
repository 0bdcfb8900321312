"""The commands that measure this machine and plan for cameras."""

from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.flags import BundleOption, JsonOption, ProviderOption, leave

commands = typer.Typer()


@commands.command()
def bench(
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(help="Picture files or folders; the package's own when none are given."),
    ] = None,
    *,
    save_profile: Annotated[
        Path | None, typer.Option("--save-profile", help="Write the profile here, as JSON.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians are taken.")] = 5,
    frames: Annotated[int, typer.Option(min=50, help="Frames through the embedded broker.")] = 600,
    json_output: JsonOption = False,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
) -> None:
    """Measure what each step of a frame costs on this machine: a profile for `plan`.

    Processor time of one thread, so that other work on the machine does little harm; of an
    accelerator its time by the clock.
    """
    from platestream.cli.capacity.command import run_bench
    from platestream.cli.capacity.measure import Effort

    leave(
        run_bench(
            pictures or [],
            save=save_profile,
            as_json=json_output,
            bundle=bundle,
            providers=provider or [],
            effort=Effort(rounds=rounds, frames=frames),
        )
    )


@commands.command()
def plan(
    *,
    cameras: Annotated[int, typer.Option("--cameras", min=1, help="How many.")],
    fps: Annotated[float, typer.Option("--fps", min=0.001, help="Frames per second of each.")],
    plates: Annotated[
        float, typer.Option("--plates", min=0, help="Plates in a frame that is sent, mean.")
    ] = 1.0,
    motion: Annotated[
        float,
        typer.Option(
            "--motion", min=0, max=1, help="Share of frames sent; 1 where cameras send all."
        ),
    ] = 1.0,
    width: Annotated[int, typer.Option("--width", min=16, help="Of a frame, pixels.")] = 1920,
    height: Annotated[int, typer.Option("--height", min=16, help="Of a frame, pixels.")] = 1080,
    frame_kb: Annotated[
        float | None,
        typer.Option(
            "--frame-kb", min=0.1, help="Of an encoded frame; as the profile's if not given."
        ),
    ] = None,
    cores: Annotated[float, typer.Option("--cores", min=0.1, help="Of a replica.")] = 2.0,
    load: Annotated[
        float,
        typer.Option("--load", min=0.05, max=0.95, help="Share of a replica's time to plan with."),
    ] = 0.6,
    retention: Annotated[
        float, typer.Option("--retention-hours", min=0, help="Hours that frames are kept.")
    ] = 1.0,
    event_retention: Annotated[
        float, typer.Option("--event-retention-days", min=0, help="Days that events are kept.")
    ] = 7.0,
    replication: Annotated[
        int, typer.Option("--replication", min=1, max=9, help="Copies on the brokers.")
    ] = 3,
    profile: Annotated[
        Path | None,
        typer.Option("--profile", help="Of your machine, by bench; a packaged one if not given."),
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Plan for cameras: replicas, cores, partitions, network, broker disk, latency.

    An estimate from what a frame costs on the profile's machine: docs/PERFORMANCE.md has how far
    it was off a measured run. Means are planned for; leave room for rush hours by --load.
    """
    from platestream.cli.capacity.command import run_plan
    from platestream.cli.capacity.planning import Demand

    demand = Demand(
        cameras=cameras,
        fps=fps,
        plates=plates,
        motion=motion,
        width=width,
        height=height,
        frame_bytes=None if frame_kb is None else frame_kb * 1000,
        cores=cores,
        load=load,
        retention_h=retention,
        event_retention_days=event_retention,
        replication=replication,
    )
    leave(run_plan(demand, profile_file=profile, as_json=json_output))
