"""Puts a bundle's models together with the settings: what :class:`PlateReader` is made of."""

from typing import Final

from platestream.vision.detection.detector import INPUTS, OUTPUTS, Detector, DetectorConfig
from platestream.vision.detection.tiled_detector import TiledDetector
from platestream.vision.detection.tiles import Tiling
from platestream.vision.models.batches import batching_for
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.models.manifest import RejectionSpec
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
_DETECTOR_CPU_BATCH: Final = 1
_RECOGNIZER_CPU_BATCH: Final = 4


def make_detector(
    bundle: ModelBundle, options: SessionOptions, settings: VisionSettings
) -> tuple[Detector, str]:
    """Return the bundle's detector and the execution provider that runs it.

    Raises:
        BundleError: if the model is not what the manifest says.
        ProviderError: if the first provider cannot be used.
    """
    spec = bundle.manifest.detector
    session = ModelSession(
        bundle.detector, inputs=INPUTS, outputs=OUTPUTS, options=options, label=spec.file
    )
    config = DetectorConfig(
        canvases=spec.canvases,
        score_threshold=settings.score_threshold or spec.score_threshold,
        nms_iou=settings.nms_iou or spec.nms_iou,
        max_plates=settings.max_plates or spec.max_plates,
    )
    batching = batching_for(
        session.provider, settings.batch_buckets, most_on_cpu=_DETECTOR_CPU_BATCH
    )
    return Detector(session, config, batching), session.provider


def finder_of(detector: Detector, settings: VisionSettings) -> Detector | TiledDetector:
    """Return what looks for plates in whole pictures: with tiles where the settings want them."""
    if not settings.tiling:
        return detector
    return TiledDetector(detector, Tiling(scale=settings.tile_scale, most=settings.max_tiles))


def make_recognizer(
    bundle: ModelBundle, options: SessionOptions, settings: VisionSettings
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
    )
    session = ModelSession(
        bundle.recognizer,
        inputs=input_specs(config),
        outputs=output_specs(config),
        options=options,
        label=spec.file,
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
    )
