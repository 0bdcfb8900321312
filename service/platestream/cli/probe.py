"""The body of ``platestream probe``."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platestream.cli import console
from platestream.cli.exits import CliError, ExitCode
from platestream.cli.settings import settings_of
from platestream.config import Settings

if TYPE_CHECKING:
    from platestream.bus.clients.round_trip import Answer

# One blue plate, large and upright: what every setting that reads plates at all reads.
_PICTURE: Final = "scene-09.jpg"


def run_probe(
    config: Path | None,
    *,
    assignments: Sequence[str],
    bootstrap_servers: str | None,
    picture: Path | None,
    timeout: float,
    as_json: bool,
) -> ExitCode:
    """Send a frame and say what became of it.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If the picture cannot be read, or the cluster cannot be worked with.
    """
    settings = settings_of(config, assignments, bootstrap_servers)
    frame_id, answer = _ask(settings, _picture(picture), timeout)
    read = answer is not None and answer.plates > 0
    if as_json:
        told = {"frame_id": frame_id, "read": read, **(asdict(answer) if answer else {})}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        console.out().print(_words(settings, frame_id, answer, timeout), highlight=False)
    return ExitCode.OK if read else ExitCode.SOME_FAILED


def _picture(path: Path | None) -> bytes:
    if path is None:
        return (resources.files("platestream.cli") / "demo_pictures" / _PICTURE).read_bytes()
    try:
        return path.read_bytes()
    except OSError as error:
        raise CliError(
            f"{path}: {error.strerror or type(error).__name__}", ExitCode.USAGE
        ) from error


def _ask(settings: Settings, picture: bytes, timeout: float) -> tuple[str, "Answer | None"]:
    from platestream.bus.clients.round_trip import RoundTrip
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.replay.dead_letters import open_reading_store
    from platestream.telemetry.logs import configure_logging

    configure_logging(level=settings.telemetry.log_level, form=settings.telemetry.log_format)
    try:
        with (
            open_reading_store(settings.registry) as store,
            RoundTrip(settings.kafka, store) as trip,
        ):
            return trip.frame_id, trip.run(picture, timeout)
    except ConfigurationError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


def _words(settings: Settings, frame_id: str, answer: "Answer | None", timeout: float) -> str:
    topics = settings.kafka.topics
    if answer is None:
        return (
            f"nothing came for frame {frame_id} within {timeout:g} s, though {topics.frames} has "
            f"it: does a replica read that topic as group {settings.kafka.group_id}, and is it "
            f"behind (platestream_time_behind_seconds)? A frame without a plate is answered only "
            "where kafka.topics.results is set"
        )
    frame = f"frame {frame_id} ({topics.frames}/{answer.partition}/{answer.offset})"
    if answer.error_code is not None:
        return f"{frame} failed after {answer.seconds:.2f} s: {answer.error_code}"
    if not answer.plates:
        return f"{frame} was read, and no plate found: are the models the right ones?"
    return f"{frame} was read in {answer.seconds:.2f} s: {answer.plates} on {topics.plates}"
