"""Opening the plate reader for commands that need no broker."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings, load_settings
from platestream.contract.readings import ModelRef, PlateReading
from platestream.telemetry.metrics import Metrics

UInt8Array = NDArray[np.uint8]


class Reader(Protocol):
    """What the commands need of :class:`platestream.vision.reader.PlateReader`."""

    @property
    def model(self) -> ModelRef:
        """Which bundle reads."""

    def warm_up(self) -> None:
        """Run the models once."""

    def read(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Find and read the plates of whole pictures."""

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Read pictures that are cut-out plates."""


def settings_for(
    bundle: Path | None,
    providers: Sequence[str],
    fixed: Mapping[str, object] | None = None,
) -> Settings:
    """The settings of file and environment, with the command's own flags and needs over them."""
    overrides = dict(fixed or {})
    if bundle is not None:
        overrides["vision.bundle"] = bundle
    if providers:
        overrides["vision.providers"] = list(providers)
    return load_settings(overrides=overrides)


def open_reader(settings: Settings, *, metrics: Metrics | None = None, warm: bool = True) -> Reader:
    """Load the models and, unless the caller does so, run them once.

    Raises:
        CliError: If the bundle is missing or damaged, or the execution provider cannot be used.
    """
    from platestream.vision.models.bundle import BundleError
    from platestream.vision.models.session import ProviderError
    from platestream.vision.reader import PlateReader

    try:
        reader = PlateReader.from_settings(settings.vision, metrics=metrics)
        if warm:
            reader.warm_up()
    except BundleError as error:
        raise CliError(f"The model bundle cannot be used: {error}", ExitCode.FATAL) from error
    except ProviderError as error:
        raise CliError(str(error), ExitCode.FATAL) from error
    return reader
