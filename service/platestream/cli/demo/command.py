"""The body of ``platestream demo``."""

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from confluent_kafka import KafkaException
from rich.console import Console

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.errors import BusError
from platestream.cli import opening
from platestream.cli.console import err, out
from platestream.cli.demo.exchange import Exchange, RunningService
from platestream.cli.demo.output import write_output
from platestream.cli.demo.pictures import Gallery, bundled_pictures, bundled_truth
from platestream.cli.demo.tally import DemoPicture, Tally
from platestream.cli.demo.view import DemoView
from platestream.cli.demo.wire import LARGEST_INLINE
from platestream.cli.exits import CliError, ExitCode
from platestream.cli.pictures import expand
from platestream.config import Settings, load_settings
from platestream.contract.errors import FrameError
from platestream.vision.picture.files import read_bounded
from platestream.vision.settings import PictureLimits

_DEFAULT_FRAMES: Final = 80
_TOPICS: Final = {
    "frames": "frames",
    "plates": "plates",
    "failures": "frames.failed",
    "results": "frames.results",
}


def run_demo(
    inputs: Sequence[Path],
    *,
    out_folder: Path,
    frames: int | None,
    partitions: int,
    as_json: bool,
    bundle: Path | None,
    providers: Sequence[str],
) -> ExitCode:
    """Send frames through the real service on an embedded broker and report on what comes out.

    Raises:
        CliError: If a picture file, the models or the broker cannot be used, the service ends
            early, or the output cannot be written.
    """
    limits = load_settings().pictures
    pictures = _pictures(inputs, limits)
    number = frames if frames is not None else max(_DEFAULT_FRAMES, len(pictures))
    console = err() if as_json else out()
    tally = Tally()
    hides_plates = load_settings().privacy.hides_plates
    # What was drawn would tell the numbers that the service keeps to itself.
    truth = {} if inputs or hides_plates else bundled_truth()
    topics = dict.fromkeys(_TOPICS.values(), partitions)
    large = {n: p.data for n, p in enumerate(pictures) if len(p.data) > LARGEST_INLINE}
    try:
        with _quiet(), EmbeddedBroker(topics=topics) as broker, Gallery(large) as gallery:
            settings = opening.settings_for(
                bundle,
                providers,
                {**_overrides(broker.bootstrap_servers), **gallery.fetch_overrides},
            )
            exchange = Exchange(
                kafka=settings.kafka,
                pictures=pictures,
                frames=number,
                partitions=partitions,
                tally=tally,
                view=DemoView(console, number, [picture.name for picture in pictures]),
                gallery=gallery,
            )
            _serve(settings, exchange, console)
    except (BusError, KafkaException) as error:
        raise CliError(f"Kafka: {error}", ExitCode.FATAL) from error
    try:
        report = write_output(out_folder, pictures, tally, limits, truth, cover_plates=hides_plates)
    except OSError as error:
        raise CliError(f"{out_folder}: {error.strerror or error}", ExitCode.FATAL) from error
    summary = tally.summary()
    if as_json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    else:
        _print_summary(summary, report)
    discrepancies = tally.discrepancies()
    for words in discrepancies:
        err().print(words, style="red")
    return ExitCode.SOME_FAILED if discrepancies else ExitCode.OK


def _pictures(inputs: Sequence[Path], limits: PictureLimits) -> list[DemoPicture]:
    paths = list(expand(inputs)) if inputs else bundled_pictures()
    if not paths:
        raise CliError("No picture files in the given folders.", ExitCode.USAGE)
    pictures = []
    for path in paths:
        try:
            pictures.append(DemoPicture(path.name, read_bounded(path, limits)))
        except FrameError as error:
            raise CliError(f"{path}: {error.detail}", ExitCode.USAGE) from error
    return pictures


def _overrides(servers: str) -> dict[str, object]:
    return {
        "kafka.bootstrap_servers": servers,
        "kafka.embedded": False,
        # The broker of the demo keeps no transactions.
        "kafka.guarantee": "at_least_once",
        "kafka.group_id": "platestream-demo",
        "kafka.topics": _TOPICS,
    }


def _serve(settings: Settings, exchange: Exchange, console: Console) -> None:
    """Run the real service for as long as the exchange takes."""
    from platestream.bus.service import StreamService
    from platestream.stream.fetch import GuardedFetcher
    from platestream.telemetry.metrics import Metrics

    metrics = Metrics()
    with console.status("Loading the models …"):
        reader = opening.open_reader(settings, metrics=metrics, warm=False)
    with GuardedFetcher(settings.fetch, metrics) as fetcher:
        service = StreamService(
            kafka=settings.kafka,
            stream=settings.stream,
            pictures=settings.pictures,
            reader=reader,
            metrics=metrics,
            fetcher=fetcher,
        )
        with RunningService(service) as running:
            with console.status("Starting the service …"):
                running.wait_until_ready()
            with exchange.view.showing():
                exchange.run(running)


@contextmanager
def _quiet() -> Iterator[None]:
    """Log errors only, and nothing of what the client library says of its connections.

    The broker goes while clients may still be there, and that is no error: one that is comes as an
    exception.
    """
    from platestream.telemetry.logs import configure_logging

    configure_logging(level="error", form="console")
    library = logging.getLogger("librdkafka")
    before = library.level
    library.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        library.setLevel(before)


def _print_summary(summary: dict[str, Any], report: Path) -> None:
    latency = summary["latency_ms"]
    console = out()
    console.print(
        f"[bold]{summary['produced']}[/] frames: {summary['with_plates']} with plates, "
        f"{summary['empty']} without, {summary['failed']} failed; "
        f"[bold]{len(summary['plates'])}[/] plate events",
        highlight=False,
    )
    if latency["p50"] is not None:
        console.print(
            f"latency {latency['p50']:.0f} ms median, {latency['p99']:.0f} ms at 99 %; "
            f"{summary['frames_per_second']:.1f} frames per second",
            highlight=False,
        )
    console.print(f"report: {report}", highlight=False, markup=False, soft_wrap=True)
