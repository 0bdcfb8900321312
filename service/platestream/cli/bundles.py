"""Bundles of a service that runs: the one that is followed, and one that reads in its shadow."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from platestream.cli.opening import open_reader
from platestream.config import Settings
from platestream.stream.privacy import PrivacySettings
from platestream.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from platestream.stream.pipeline import Pipeline
    from platestream.stream.shadow import Shadow


def open_shadow(settings: Settings, metrics: Metrics) -> "Shadow | None":
    """Load the shadow bundle, if there is one; it is warmed where it runs.

    Raises:
        CliError: If it cannot be used.
    """
    chosen = settings.vision.shadow
    if chosen.bundle is None:
        return None
    from platestream.stream.shadow import Shadow

    vision = settings.vision.model_copy(update={"bundle": chosen.bundle, "threads": chosen.threads})
    # Neither with metrics nor with pseudonyms: what it reads is compared in here, and counted.
    reader = open_reader(
        settings.model_copy(update={"vision": vision, "privacy": PrivacySettings()}), warm=False
    )
    return Shadow(reader, chosen.sample, metrics)


@contextmanager
def following_bundles(
    settings: Settings, metrics: Metrics, pipeline: "Pipeline", shadow: "Shadow | None"
) -> Iterator[None]:
    """Let the shadow read, and swap the models when another bundle is at ``vision.bundle``.

    With SIGHUP it looks at once. The packaged bundle changes only with the package.
    """
    if shadow is not None:
        shadow.start()
    try:
        with _following(settings, metrics, pipeline, shadow):
            yield
    finally:
        if shadow is not None:
            shadow.close()


@contextmanager
def _following(
    settings: Settings, metrics: Metrics, pipeline: "Pipeline", shadow: "Shadow | None"
) -> Iterator[None]:
    path = settings.vision.bundle
    if path is None:
        yield
        return
    from platestream.stream.swapping import ModelSwapper

    swapper = ModelSwapper(
        path,
        pipeline.readers,
        partial(open_reader, settings, metrics=metrics, warm=False, shadow=shadow),
        settings.vision.swap,
        metrics,
    )
    before = signal.signal(signal.SIGHUP, lambda *_: swapper.wake())
    swapper.start()
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
        swapper.close()
