"""Measures this machine's profile: each step of a frame, on pictures with and without plates."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from platestream import __version__
from platestream.cli.capacity.machine import processor, resident_mib
from platestream.cli.capacity.profile import MachineProfile
from platestream.cli.capacity.transport import bus_cost
from platestream.vision.assembly import make_detector, make_recognizer, options_of, precision_of
from platestream.vision.detection.detector import Detector
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.models.providers import CPU
from platestream.vision.picture.decode import prepare_opencv
from platestream.vision.picture.picture import Picture
from platestream.vision.reader import PlateReader
from platestream.vision.recognition.plate_view import PlateView
from platestream.vision.recognition.recognizer import Recognizer
from platestream.vision.settings import PictureLimits, VisionSettings

_MEGA: Final = 1e6
# Bytes of the two sizes of frames between which the price of a byte is taken.
_SMALL: Final = 2_000
_LARGE: Final = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured: rounds over the pictures, and frames through the broker."""

    rounds: int = 5
    frames: int = 600


def measure_profile(
    pictures: Sequence[bytes], settings: VisionSettings, effort: Effort
) -> MachineProfile:
    """Return this machine's profile; one thread, seconds to a minute.

    Args:
        pictures: Encoded pictures, with plates in some of them.
        settings: Bundle, execution provider, precision.
        effort: How much is measured.

    Raises:
        BundleError: If the bundle cannot be used.
        ProviderError: If the execution provider cannot be used.
        CliError: If the service that carries frames does not answer.
    """
    prepare_opencv()
    bundle = ModelBundle.load(settings.bundle)
    reader = PlateReader(bundle, threads=1, settings=settings)
    reader.warm_up()
    resident = resident_mib()  # before the models are loaded a second time, part by part
    options = options_of(settings, None, None, 1)
    precision = precision_of(bundle, options, settings)
    detector, provider = make_detector(bundle, options, settings, precision)
    recognizer = make_recognizer(bundle, options, settings, precision)
    detector.warm_up()
    recognizer.warm_up()
    clock = time.thread_time if provider == CPU else time.perf_counter
    limits = PictureLimits()
    opened = [Picture.encoded(data, limits) for data in pictures]
    steps = _steps(detector, recognizer, opened)

    def decoding() -> None:
        for data in pictures:
            reader.prepare(Picture.encoded(data, limits))

    def reading() -> None:
        for data in pictures:
            reader.read([Picture.encoded(data, limits)])

    decodes, parts = [], []
    for _ in range(effort.rounds):  # in turn, as the difference of the last to the others counts
        decodes.append(_spent(decoding, time.thread_time))
        parts.append(
            [_spent(one, clock) for one in (steps.look, steps.refine, steps.read, reading)]
        )
    decode = statistics.median(decodes)
    look, refine, recognize, _ = (statistics.median(column) for column in zip(*parts, strict=True))
    # What is decoded in full, where something is worth a closer look, counts as the rest.
    decoded = decode if clock is time.thread_time else 0.0
    rest = statistics.median(all_of - a - b - c for a, b, c, all_of in parts) - decoded
    number = len(pictures)
    megapixels = sum(one.height * one.width for one in opened) / _MEGA
    found = max(steps.plates, 1)
    small, event_bytes = bus_cost(effort.frames, _SMALL)
    large, _ = bus_cost(effort.frames, _LARGE)
    per_byte = max(0.0, large - small) / (_LARGE - _SMALL)
    return MachineProfile(
        machine=processor(),
        measured=time.strftime("%Y-%m-%d"),
        version=__version__,
        bundle=str(bundle.model),
        precision=precision,
        provider=provider,
        canvases=tuple((height, width) for height, width in detector.canvases),
        decode_ms_per_megapixel=_figure(decode / megapixels),
        look_ms=_figure(look / number),
        candidate_ms=_figure(refine / max(steps.candidates, 1)),
        candidates_per_look=_figure(max(0, steps.candidates - steps.plates) / number),
        plate_ms=_figure(recognize / found),
        frame_ms=_figure(max(0.0, rest) / number),
        bus_ms=_figure(max(0.0, small - per_byte * _SMALL)),
        bus_ms_per_megabyte=_figure(per_byte * _MEGA),
        frame_bytes_per_megapixel=_figure(sum(map(len, pictures)) / megapixels),
        event_bytes=event_bytes,
        resident_mib=_figure(resident),
    )


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps of reading all pictures, and what they are about."""

    look: Callable[[], object]
    refine: Callable[[], object]
    read: Callable[[], object]
    candidates: int
    plates: int


def _steps(
    detector: Detector,
    recognizer: Recognizer,
    pictures: Sequence[Picture],
) -> _Steps:
    proposals = [detector.propose([picture]) for picture in pictures]
    looks = [
        detector.refine([picture], some)[0]
        for picture, some in zip(pictures, proposals, strict=True)
    ]
    views = [
        [PlateView.of(picture, plate.corners, recognizer.geometry) for plate in look.plates]
        for picture, look in zip(pictures, looks, strict=True)
    ]
    return _Steps(
        look=lambda: [detector.propose([picture]) for picture in pictures],
        refine=lambda: [
            detector.refine([picture], some)
            for picture, some in zip(pictures, proposals, strict=True)
        ],
        read=lambda: [recognizer.recognize(some) for some in views if some],
        candidates=sum(look.proposed for look in looks),
        plates=sum(len(look.plates) for look in looks),
    )


def _spent(work: Callable[[], object], watch: Callable[[], float]) -> float:
    """Milliseconds of one run."""
    started = watch()
    work()
    return (watch() - started) * 1000


def _figure(value: float) -> float:
    return float(f"{value:.4g}")
