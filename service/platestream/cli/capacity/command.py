"""The bodies of ``platestream bench`` and ``platestream plan``."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platestream.cli.capacity.planning import CapacityPlan, Demand, plan
from platestream.cli.capacity.profile import MachineProfile
from platestream.cli.exits import CliError, ExitCode

if TYPE_CHECKING:
    from platestream.cli.capacity.measure import Effort

_UNITS: Final = {
    "decode_ms_per_megapixel": "decoding, of a megapixel",
    "look_ms": "a look of the detector",
    "candidate_ms": "a second look at one place",
    "plate_ms": "reading a plate",
    "frame_ms": "the rest of a frame's reading",
    "bus_ms": "consuming and publishing, of a frame",
    "bus_ms_per_megabyte": "the same, of a megabyte",
}


def run_bench(
    inputs: Sequence[Path],
    *,
    save: Path | None,
    as_json: bool,
    bundle: Path | None,
    providers: Sequence[str],
    effort: "Effort",
) -> ExitCode:
    """Measure this machine and print its profile, or write it.

    Raises:
        CliError: If pictures, models or the broker cannot be used, or the file not written.
    """
    from platestream.cli.capacity.measure import measure_profile
    from platestream.cli.console import err, out
    from platestream.cli.demo.pictures import bundled_pictures
    from platestream.cli.opening import settings_for, wrong_bundle_told
    from platestream.cli.pictures import expand
    from platestream.contract.errors import FrameError
    from platestream.vision.models.session import ProviderError
    from platestream.vision.picture.files import read_bounded

    settings = settings_for(bundle, providers)
    try:
        paths = list(expand(inputs)) if inputs else bundled_pictures()
        pictures = [read_bounded(path, settings.pictures) for path in paths]
        if not pictures:
            raise CliError("No picture files in the given folders.", ExitCode.USAGE)
        with wrong_bundle_told(), err().status("Measuring; half a minute on an idle machine …"):
            profile = measure_profile(pictures, settings.vision, effort)
    except FrameError as error:
        raise CliError(f"a picture cannot be used: {error.detail}", ExitCode.USAGE) from error
    except ProviderError as error:
        raise CliError(str(error), ExitCode.FATAL) from error
    text = profile.model_dump_json(indent=1) + "\n"
    if save is not None:
        try:
            save.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CliError(f"{save}: {error.strerror or error}", ExitCode.FATAL) from error
    if as_json:
        sys.stdout.write(text)
        return ExitCode.OK
    out().print(
        f"{profile.machine}, one thread; {profile.bundle}, {profile.precision}", highlight=False
    )
    for name, words in _UNITS.items():
        out().print(f"  {getattr(profile, name):8.3g} ms  {words}", highlight=False)
    out().print(f"  {profile.resident_mib:8.0f} MiB resident", highlight=False)
    return ExitCode.OK


def run_plan(demand: Demand, *, profile_file: Path | None, as_json: bool) -> ExitCode:
    """Print what the demand needs.

    Raises:
        CliError: If the profile cannot be used.
    """
    from platestream.cli.console import out

    profile = MachineProfile.load(profile_file)
    needed = plan(demand, profile)
    if as_json:
        sys.stdout.write(json.dumps({"profile": profile.model_dump(), **asdict(needed)}) + "\n")
        return ExitCode.OK
    for line in lines_of(demand, needed, profile):
        out().print(line, highlight=False, markup=False, soft_wrap=True)
    return ExitCode.OK


def lines_of(demand: Demand, needed: CapacityPlan, profile: MachineProfile) -> list[str]:
    """The plan in words, one line a matter."""
    frame = needed.frame
    accelerators = (
        "none: the profile is of a CPU"
        if profile.on_cpu
        else f"{needed.devices} ({needed.devices_busy:.2f} busy)"
    )
    each = (
        f"{frame.cpu_ms:.1f} ms of a core"
        + (f", {frame.device_ms:.1f} ms of the accelerator" if frame.device_ms else "")
        + f", {frame.looks:.3g} look{'s' if frame.looks > 1 else ''}, {frame.bytes / 1e3:.0f} kB"
    )
    measured = f"{profile.machine}, {profile.measured}, {profile.bundle} ({profile.precision})"
    used = f"{needed.utilisation:.0%} used; {needed.memory_mib_per_replica:.0f} MiB each"
    out = f"{needed.network_out_mbit:.2f} of events"
    kept = f"frames for {demand.retention_h:g} h, events for {demand.event_retention_days:g} days"
    return [
        f"measured on   {measured}",
        "              yours: platestream bench --save-profile FILE, then --profile FILE",
        f"frames        {needed.frames_per_second:.4g} per second; each {each}",
        f"cores         {needed.cores_busy:.2f} busy, {needed.cores:g} to have",
        f"accelerators  {accelerators}",
        f"replicas      {needed.replicas} of {demand.cores:g} cores, {used}",
        "              and the frames in flight (docs/STREAM.md)",
        f"partitions    {needed.partitions}",
        f"latency       {needed.p50_ms:.0f} ms median, {needed.p99_ms:.0f} ms at 99 %",
        f"network       {needed.network_in_mbit:.1f} Mbit/s of frames, {out}",
        f"              {needed.broker_network_mbit:.1f} Mbit/s at the brokers in sum",
        f"broker disk   {needed.disk_gb:.1f} GB, {demand.replication} copies of {kept}",
    ]
