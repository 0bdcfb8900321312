"""Capacity planning: what cameras need follows from a profile."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from platestream.cli.capacity.command import lines_of
from platestream.cli.capacity.planning import Demand, frame_cost, partitions, plan, waiting_ms
from platestream.cli.capacity.profile import MachineProfile
from platestream.cli.exits import CliError

PROFILE = MachineProfile(
    machine="a test",
    measured="2026-01-01",
    version="0",
    bundle="base 0",
    precision="int8",
    provider="CPUExecutionProvider",
    canvases=((384, 640), (640, 384)),
    decode_ms_per_megapixel=5.0,
    look_ms=10.0,
    candidate_ms=1.0,
    candidates_per_look=2.0,
    plate_ms=3.0,
    frame_ms=1.0,
    bus_ms=0.5,
    bus_ms_per_megabyte=2.0,
    frame_bytes_per_megapixel=100_000,
    event_bytes=400,
    resident_mib=200,
)
DEMAND = Demand(cameras=10, fps=4, plates=0.5, width=1000, height=1000, frame_bytes=250_000)


def test_a_frame_costs_the_sum_of_its_steps() -> None:
    cost = frame_cost(DEMAND, PROFILE)
    assert cost.looks == 1
    # decode, look, (2 + 0.5) candidates, half a plate, rest, bus, a quarter of a megabyte
    assert cost.cpu_ms == pytest.approx(5 + 10 + 2.5 + 1.5 + 1 + 0.5 + 0.5)
    assert cost.device_ms == 0
    assert frame_cost(replace(DEMAND, frame_bytes=None), PROFILE).bytes == 100_000


def test_a_large_frame_is_looked_at_on_a_larger_canvas() -> None:
    large = replace(DEMAND, width=3840, height=2160)
    assert frame_cost(large, PROFILE).looks > 4
    assert frame_cost(replace(large, tile_scale=16), PROFILE).looks == 1


def test_replicas_hold_the_load_and_no_more_than_needed() -> None:
    needed = plan(DEMAND, PROFILE)
    assert needed.frames_per_second == 40
    assert needed.cores_busy == pytest.approx(40 * 0.021)
    assert needed.replicas == 1
    twenty = plan(replace(DEMAND, cameras=200), PROFILE)
    assert twenty.utilisation <= 0.6 < twenty.cores_busy / 2 / (twenty.replicas - 1)
    assert twenty.partitions % twenty.replicas == 0
    assert twenty.partitions >= 2 * twenty.replicas


def test_without_motion_frames_are_not_sent() -> None:
    still = plan(replace(DEMAND, motion=0.25), PROFILE)
    assert still.cores_busy == pytest.approx(plan(DEMAND, PROFILE).cores_busy / 4)
    assert still.network_in_mbit == pytest.approx(10 * 250_000 * 8 / 1e6)


def test_network_and_disk_count_every_copy() -> None:
    needed = plan(DEMAND, PROFILE)
    frames, events = 40 * 250_000.0, 40 * 0.5 * 400.0
    assert needed.broker_network_mbit == pytest.approx((frames + events) * 4 * 8 / 1e6)
    kept = frames * 3600 + events * 7 * 86_400
    assert needed.disk_gb == pytest.approx(3 * kept / 1e9)


def test_partitions_grow_with_replicas_and_with_bytes() -> None:
    assert partitions(3, 0) == 6
    assert partitions(4, 95e6) == 12


def test_more_load_is_more_waiting_and_too_much_is_endless() -> None:
    waits = [waiting_ms(load, 20, 0.99) for load in (0.005, 0.3, 0.6, 0.9)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    # at 90 %: mean wait (queue not empty) of 125 ms, times ln(90)
    assert waits[3] == pytest.approx(125 * math.log(90))
    assert waiting_ms(1.0, 20, 0.99) == math.inf
    assert plan(replace(DEMAND, cameras=26), PROFILE).p99_ms > plan(DEMAND, PROFILE).p99_ms


def test_an_accelerator_takes_the_models_off_the_cores() -> None:
    device = PROFILE.model_copy(update={"provider": "CUDAExecutionProvider"})
    cost = frame_cost(DEMAND, device)
    assert cost.device_ms == pytest.approx(14)
    assert cost.cpu_ms == pytest.approx(7)
    needed = plan(replace(DEMAND, cameras=100), device)
    assert needed.devices == needed.replicas == math.ceil(400 * 0.014 / 0.6)
    assert any(f"{needed.devices} (5.60 busy)" in line for line in lines_of(DEMAND, needed, device))


def test_the_packaged_profile_says_where_it_was_measured() -> None:
    profile = MachineProfile.load(None)
    assert profile.machine
    assert profile.on_cpu
    assert any(profile.machine in line for line in lines_of(DEMAND, plan(DEMAND, profile), profile))


def test_what_is_no_profile_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    with pytest.raises(CliError, match=r"profile\.json"):
        MachineProfile.load(file)
    file.write_text('{"machine": "x"}')
    with pytest.raises(CliError, match="look_ms"):
        MachineProfile.load(file)
