"""From cameras to replicas, partitions, network and disk. Pure arithmetic on a profile.

A replica is a server that frames of many cameras queue for. Its service time is the processor time
of a frame divided by its cores. What waits is estimated as for independent arrivals and service
times that vary little (Kingman's formula with an exponential tail); cameras that all send at the
same instant wait longer.
"""

import math
from dataclasses import dataclass
from typing import Final

from platestream.cli.capacity.profile import MachineProfile
from platestream.vision.detection.letterbox import Fineness, choose_canvas

# Of a second: what one partition takes in without being what limits, on an ordinary disk.
_PARTITION_BYTES: Final = 10e6
# Squared coefficients of variation: independent arrivals have 1; frames with and without plates
# differ by half of their mean at most, which is a quarter squared.
_ARRIVALS: Final = 1.0
_SERVICE: Final = 0.25
_MEGA: Final = 1e6
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is to be read, and what for.

    Attributes:
        cameras: How many.
        fps: Frames per second of each.
        plates: Plates in a frame that is sent, mean.
        motion: Share of frames that are sent, 0..1; 1 without a motion gate at the cameras.
        width: Of a frame, pixels.
        height: Of a frame, pixels.
        frame_bytes: Of an encoded frame; None for what the profile's pictures had.
        cores: Of a replica.
        load: Share of a replica's time that is planned to be used, 0..1.
        retention_h: Hours that frames stay on the broker.
        event_retention_days: Days that plate events stay there.
        replication: Copies of each record on the brokers.
        batch_age_ms: Longest wait of a frame for others of its batch.
        broker_ms: From a producer to a consumer through the brokers, both ways of a frame in sum.
        tile_scale: The setting ``vision.tile_scale``.
        max_tiles: The setting ``vision.max_tiles``.
    """

    cameras: int
    fps: float
    plates: float = 1.0
    motion: float = 1.0
    width: int = 1920
    height: int = 1080
    frame_bytes: float | None = None
    cores: float = 2.0
    load: float = 0.6
    retention_h: float = 1.0
    event_retention_days: float = 7.0
    replication: int = 3
    batch_age_ms: float = 20.0
    broker_ms: float = 20.0
    tile_scale: float = 2.5
    max_tiles: int = 12

    @property
    def frames_per_second(self) -> float:
        """Frames on the topic."""
        return self.cameras * self.fps * self.motion

    @property
    def megapixels(self) -> float:
        """Of a frame."""
        return self.width * self.height / _MEGA


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCost:
    """What one frame takes.

    Attributes:
        looks: Of the detector, in looks at its usual canvas.
        cpu_ms: Processor time.
        device_ms: Time on the accelerator; 0 without one.
        bytes: On the frames' topic.
    """

    looks: float
    cpu_ms: float
    device_ms: float
    bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPlan:
    """What is needed; see the field names. Rates are means."""

    frame: FrameCost
    frames_per_second: float
    cores_busy: float
    devices_busy: float
    replicas: int
    cores: float
    devices: int
    partitions: int
    utilisation: float
    p50_ms: float
    p99_ms: float
    memory_mib_per_replica: float
    network_in_mbit: float
    network_out_mbit: float
    broker_network_mbit: float
    disk_gb: float


def frame_cost(demand: Demand, profile: MachineProfile) -> FrameCost:
    """Return what a frame of the demand takes on the profile's machine."""
    fineness = Fineness(scale=demand.tile_scale, most=demand.max_tiles)
    usual = choose_canvas(demand.height, demand.width, profile.canvases)
    canvas = fineness.canvas(demand.height, demand.width, profile.canvases)
    looks = canvas[0] * canvas[1] / (usual[0] * usual[1])
    size = demand.frame_bytes
    if size is None:
        size = profile.frame_bytes_per_megapixel * demand.megapixels
    models = (
        looks * profile.look_ms
        + (looks * profile.candidates_per_look + demand.plates) * profile.candidate_ms
        + demand.plates * profile.plate_ms
    )
    around = (
        demand.megapixels * profile.decode_ms_per_megapixel
        + profile.frame_ms
        + profile.bus_ms
        + size / _MEGA * profile.bus_ms_per_megabyte
    )
    on_cpu = profile.on_cpu
    return FrameCost(
        looks=looks,
        cpu_ms=around + models if on_cpu else around,
        device_ms=0.0 if on_cpu else models,
        bytes=size,
    )


def plan(demand: Demand, profile: MachineProfile) -> CapacityPlan:
    """Return what the demand needs on machines of the profile's kind."""
    frame = frame_cost(demand, profile)
    rate = demand.frames_per_second
    cores_busy, devices_busy = (rate * ms / 1000 for ms in (frame.cpu_ms, frame.device_ms))
    # A replica has one accelerator at most; what it has less of decides.
    least = max(cores_busy / demand.cores, devices_busy)
    replicas = max(1, math.ceil(least / demand.load - 1e-9))
    utilisation = least / replicas
    service_ms = max(frame.cpu_ms / demand.cores, frame.device_ms)
    fixed = frame_latency(frame, demand)
    bytes_in, bytes_out = rate * frame.bytes, rate * demand.plates * profile.event_bytes
    copies = demand.replication
    kept = bytes_in * demand.retention_h * 3600 + bytes_out * demand.event_retention_days * _DAY_S
    return CapacityPlan(
        frame=frame,
        frames_per_second=rate,
        cores_busy=cores_busy,
        devices_busy=devices_busy,
        replicas=replicas,
        cores=replicas * demand.cores,
        devices=0 if profile.on_cpu else replicas,
        partitions=partitions(replicas, bytes_in),
        utilisation=utilisation,
        p50_ms=fixed + waiting_ms(utilisation, service_ms, 0.5),
        p99_ms=fixed + demand.batch_age_ms + waiting_ms(utilisation, service_ms, 0.99),
        memory_mib_per_replica=profile.resident_mib,
        network_in_mbit=bytes_in * 8 / _MEGA,
        network_out_mbit=bytes_out * 8 / _MEGA,
        # In once, to each further copy, and out to the service.
        broker_network_mbit=(bytes_in + bytes_out) * (copies + 1) * 8 / _MEGA,
        disk_gb=kept * copies / 1e9,
    )


def partitions(replicas: int, bytes_per_second: float) -> int:
    """Return how many partitions the frames' topic needs.

    Twice the replicas, so that there may be twice as many of them without new partitions, which
    would move cameras to others; and enough for the bytes. A multiple of the replicas: all get as
    many.
    """
    needed = max(2 * replicas, math.ceil(bytes_per_second / _PARTITION_BYTES))
    return math.ceil(needed / replicas) * replicas


def frame_latency(frame: FrameCost, demand: Demand) -> float:
    """Milliseconds of a frame that waits for no other: brokers, and one core for what is serial."""
    return demand.broker_ms + frame.cpu_ms + frame.device_ms


def waiting_ms(utilisation: float, service_ms: float, quantile: float) -> float:
    """Return a quantile of the wait for the server; infinite where it is overloaded.

    Args:
        utilisation: Share of its time that it works, 0..1.
        service_ms: Mean time of one frame.
        quantile: 0..1.
    """
    if utilisation >= 1:
        return math.inf
    if utilisation <= 1 - quantile:  # so many do not wait at all
        return 0.0
    mean = utilisation / (1 - utilisation) * (_ARRIVALS + _SERVICE) / 2 * service_ms
    return mean / utilisation * math.log(utilisation / (1 - quantile))
