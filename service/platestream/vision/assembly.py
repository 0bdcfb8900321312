"""Puts a bundle's models together with the settings: what :class:`PlateReader` is made of."""

from collections.abc import Sequence
from typing import Final

from platestream.vision.detection import proposer, refiner
from platestream.vision.detection.detector import Detector, DetectorConfig
from platestream.vision.detection.letterbox import Canvas, Fineness, smaller
from platestream.vision.detection.proposer import Proposer
from platestream.vision.detection.refiner import Refiner
from platestream.vision.models.batches import batching_for
from platestream.vision.models.bundle import BundleError, ModelBundle
from platestream.vision.models.calibration import RejectionSpec
from platestream.vision.models.precision import Precision, chosen_precision
from platestream.vision.models.providers import canonical_provider
from platestream.vision.models.session import ModelSession, SessionOptions
from platestream.vision.recognition.format_rules import rules_of
from platestream.vision.recognition.recognizer import (
    Recognizer,
    RecognizerConfig,
    input_specs,
    output_specs,
)
from platestream.vision.settings import VisionSettings

# Measured on two cores: a second picture in a batch makes both slower; crops pay up to four.
_PROPOSER_CPU_BATCH: Final = 1
_REFINER_CPU_BATCH: Final = 8
_RECOGNIZER_CPU_BATCH: Final = 4


def options_of(
    settings: VisionSettings,
    providers: Sequence[str] | None,
    allow_cpu_fallback: bool | None,
    threads: int | None,
) -> SessionOptions:
    """Return where the models run: the settings' values, with those that are given over them."""
    return SessionOptions(
        providers=settings.providers if providers is None else providers,
        provider_options=settings.provider_options,
        allow_cpu_fallback=(
            settings.allow_cpu_fallback if allow_cpu_fallback is None else allow_cpu_fallback
        ),
        threads=settings.threads if threads is None else threads,
        io_binding=settings.io_binding,
        engine_cache=settings.engine_cache,
    )


def precision_of(
    bundle: ModelBundle, options: SessionOptions, settings: VisionSettings
) -> Precision:
    """Return in which form the bundle's models are run.

    Raises:
        BundleError: if the settings ask for a form that the bundle does not have.
    """
    provider = canonical_provider(options.providers[0])
    precision = chosen_precision(settings.precision, provider)
    if precision in bundle.precisions:
        return precision
    if settings.precision != "auto":
        raise BundleError(f"{bundle.manifest.name} has no {precision} models")
    return "float32"


def make_detector(
    bundle: ModelBundle, options: SessionOptions, settings: VisionSettings, precision: Precision
) -> tuple[Detector, str]:
    """Return the bundle's detector and the execution provider that runs it.

    Raises:
        BundleError: if a model is not what the manifest says.
        ProviderError: if the first provider cannot be used.
    """
    first, second = bundle.manifest.detector, bundle.manifest.refiner
    most = settings.batch_buckets[-1]
    canvases = (*first.canvases, *smaller_canvases(bundle, settings))
    file = first.form(precision).file
    proposing = ModelSession(
        bundle.models[file],
        inputs=proposer.INPUTS,
        outputs=proposer.OUTPUTS,
        options=options,
        label=file,
        largest=[(most, *canvas, 3) for canvas in canvases],
    )
    geometry, file = second.geometry, second.form(precision).file
    refining = ModelSession(
        bundle.models[file],
        inputs=refiner.input_specs(geometry),
        outputs=refiner.OUTPUTS,
        options=options,
        label=file,
        largest=[(most, geometry.height, geometry.width, 3)],
    )
    config = DetectorConfig(
        score_threshold=settings.score_threshold or first.score_threshold,
        proposal_threshold=first.proposal_threshold,
        refiner_share=second.share,
        nms_iou=settings.nms_iou or first.nms_iou,
        max_plates=settings.max_plates or first.max_plates,
    )
    provider, buckets = proposing.provider, settings.batch_buckets
    detector = Detector(
        Proposer(
            proposing,
            first.canvases,
            config.least_proposal,
            batching_for(provider, buckets, most_on_cpu=_PROPOSER_CPU_BATCH),
        ),
        Refiner(
            refining, geometry, batching_for(provider, buckets, most_on_cpu=_REFINER_CPU_BATCH)
        ),
        config,
        Fineness(scale=settings.tile_scale, most=settings.max_tiles) if settings.tiling else None,
    )
    return detector, provider


def smaller_canvases(bundle: ModelBundle, settings: VisionSettings) -> tuple[Canvas, ...]:
    """Return the canvases of the look at a smaller scale; none where nobody wants it."""
    spec, wanted = bundle.manifest.detector, settings.second_scale
    return smaller(spec.canvases) if (spec.second_scale if wanted is None else wanted) else ()


def make_recognizer(
    bundle: ModelBundle, options: SessionOptions, settings: VisionSettings, precision: Precision
) -> Recognizer:
    """Return the bundle's recognizer.

    Raises:
        BundleError: if the model is not what the manifest says.
        ProviderError: if the first provider cannot be used.
    """
    spec = bundle.manifest.recognizer
    threshold = settings.rows_threshold
    config = RecognizerConfig(
        alphabet=spec.alphabet,
        colors=spec.colors,
        geometry=spec.geometry,
        rows_threshold=spec.rows_threshold if threshold is None else threshold,
        evidence=spec.evidence,
    )
    file = spec.form(precision).file
    session = ModelSession(
        bundle.models[file],
        inputs=input_specs(config),
        outputs=output_specs(config),
        options=options,
        label=file,
        largest=[(settings.batch_buckets[-1], spec.geometry.height, spec.geometry.width, 3)],
    )
    batching = batching_for(
        session.provider, settings.batch_buckets, most_on_cpu=_RECOGNIZER_CPU_BATCH
    )
    return Recognizer(session, config, batching, rules_of(settings.regions, spec.alphabet))


def rejection_of(bundle: ModelBundle, settings: VisionSettings) -> RejectionSpec:
    """Return the bundle's rejection with the settings' values over it."""
    spec = bundle.manifest.rejection
    weight, score = settings.text_weight, settings.doubtful_score
    return RejectionSpec(
        text_weight=spec.text_weight if weight is None else weight,
        detector=spec.detector if score is None else score,
        plate=spec.plate,
    )
