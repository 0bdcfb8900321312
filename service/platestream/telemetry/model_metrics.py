"""Metrics of the models: which are in force, how they change, what a shadow says of them."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from platestream.telemetry.buckets import DIFFERENCE_BUCKETS, SWAP_BUCKETS


class ModelMetrics:
    """The bundle in force, its changes, and its agreement with a shadow."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)

        self.model_info = gauge(
            "platestream_model_info",
            "Always 1; the labels say which bundle, execution provider and precision are in use.",
            ["name", "version", "provider", "precision"],
        )
        self.model_loaded_timestamp = gauge(
            "platestream_model_loaded_timestamp_seconds",
            "Unix time at which the bundle in use was put in force.",
        )
        self.model_swaps = counter(
            "platestream_model_swaps",
            "New bundles seen while running, by outcome: applied, refused (not verified, loaded, "
            "warmed or good enough; never in force) or rolled_back (failed on frames that the one "
            "before reads).",
            ["outcome"],
        )
        self.model_swap_seconds = histogram(
            "platestream_model_swap_duration_seconds",
            "From reading a new bundle to its being in force, or refused. Frames go on meanwhile.",
            buckets=SWAP_BUCKETS,
        )
        self.model_refused = gauge(
            "platestream_model_refused",
            "1 while vision.bundle names a bundle that was refused or rolled back, so that an "
            "older one is in use; else 0.",
        )
        self.shadow_frames = counter(
            "platestream_shadow_frames",
            "Pictures in the shadow bundle's sample, by outcome: compared, dropped (the shadow was "
            "busy) or failed (the shadow failed on it).",
            ["outcome"],
        )
        self.shadow_plates = counter(
            "platestream_shadow_plates",
            "Plates of compared pictures: same_text and other_text of those that both bundles "
            "found, only_active and only_shadow of the others.",
            ["agreement"],
        )
        self.shadow_confidence_difference = histogram(
            "platestream_shadow_confidence_difference",
            "Confidence of the shadow less that of the active bundle, of plates that both found.",
            buckets=DIFFERENCE_BUCKETS,
        )
        self.shadow_info = gauge(
            "platestream_shadow_info",
            "Always 1 where there is a shadow; the labels say which bundle it is.",
            ["name", "version", "provider", "precision"],
        )
