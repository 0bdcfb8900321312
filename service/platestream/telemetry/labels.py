"""The values of labels that are known beforehand: their series start at 0.

A counter that first appears at 7 has risen from nothing, and for Prometheus that is no rise at all:
no alert on its rate sees the seven. So every labelled series whose values are known is there, at 0,
from the first scrape on. What the brokers name (their errors, partitions) is not known before.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client.metrics import MetricWrapperBase

    from platestream.telemetry.metrics import Metrics

Stage = Literal["decode", "fetch", "queue", "detect", "rectify", "recognize", "publish", "commit"]
Outcome = Literal["plates", "no_plate", "failed", "skipped"]
StaleEnd = Literal["skip", "dead_letter"]
DropReason = Literal[
    "revoked",
    "lost",
    "went_back",
    "position_reset",
    "waiting",
    "drained",
    "deadline",
    "aborted",
    "failed",
]
SkipReason = Literal["retention", "topic_recreated", "offset_reset", "log_truncated"]
RegionFit = Literal["fits", "mended", "unfit", "left_out"]
RebalanceEvent = Literal["assign", "revoke", "lost"]
CommitStatus = Literal["ok", "failed"]
TransactionOutcome = Literal["committed", "aborted", "fenced", "fatal"]
DeliveryStatus = Literal["delivered", "failed", "unanswered"]
RegistryOperation = Literal["schema", "lookup", "register", "latest", "compatibility"]
RegistryOutcome = Literal["ok", "not_found", "refused", "unavailable"]
CameraSource = Literal["settings", "file", "topic"]
LoadOutcome = Literal["applied", "refused"]
SwapOutcome = Literal["applied", "refused", "rolled_back"]
ShadowOutcome = Literal["compared", "dropped", "failed"]
Agreement = Literal["same_text", "other_text", "only_active", "only_shadow"]
LeftOut = Literal["outside", "ignored", "narrow", "wide", "unsure", "incomplete"]
ConnectionDrop = Literal["late", "stalled", "displaced", "full", "no_descriptors"]
ExitReason = Literal["drained", "deadline", "aborted", "failed"]

# Rows of text on a plate.
_ROWS: Final = ("1", "2")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelValues:
    """Label values that other layers define; who puts the service together knows them all.

    Attributes:
        error_codes: Codes that a frame can fail with.
        http_answers: HTTP status and error code (empty for none) of answers.
        http_routes: Routes whose requests are timed.
        fetch_outcomes: Ways in which a fetch can end.
        colors: Background colours of plates.
        topics: Topics that records are published to.
    """

    error_codes: tuple[str, ...] = ()
    http_answers: tuple[tuple[str, str], ...] = ()
    http_routes: tuple[str, ...] = ()
    fetch_outcomes: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


NO_VALUES: Final = LabelValues()


def start_at_zero(metrics: "Metrics", values: LabelValues) -> None:
    """Make every labelled series of ``metrics`` whose label values are known."""
    for metric, combinations in _known(metrics, values).items():
        for labels in combinations:
            metric.labels(*labels)


def _known(
    metrics: "Metrics", values: LabelValues
) -> "Mapping[MetricWrapperBase, Iterable[tuple[str, ...]]]":
    return {
        metrics.frames_processed: _each(get_args(Outcome)),
        metrics.frames_dropped: _each(get_args(DropReason)),
        metrics.frames_skipped: _each(get_args(SkipReason)),
        metrics.position_resets: _each(get_args(SkipReason)),
        metrics.frames_stale: _each(get_args(StaleEnd)),
        metrics.frame_failures: _each(values.error_codes),
        metrics.stage_seconds: _each(get_args(Stage)),
        metrics.plates: _pairs(values.colors, _ROWS),
        metrics.plate_confidence: _each(values.colors),
        metrics.region_fits: _each(get_args(RegionFit)),
        metrics.camera_entries: _each(get_args(CameraSource)),
        metrics.camera_loads: _pairs(get_args(CameraSource), get_args(LoadOutcome)),
        metrics.camera_refused_entries: _each(get_args(CameraSource)),
        metrics.model_swaps: _each(get_args(SwapOutcome)),
        metrics.shadow_frames: _each(get_args(ShadowOutcome)),
        metrics.shadow_plates: _each(get_args(Agreement)),
        metrics.plates_left_out: _each(get_args(LeftOut)),
        metrics.fetches: _each(values.fetch_outcomes),
        metrics.rebalances: _each(get_args(RebalanceEvent)),
        metrics.commits: _each(get_args(CommitStatus)),
        metrics.transactions: _each(get_args(TransactionOutcome)),
        metrics.records_published: _pairs(values.topics, get_args(DeliveryStatus)),
        metrics.registry_requests: _pairs(get_args(RegistryOperation), get_args(RegistryOutcome)),
        metrics.http_requests: values.http_answers,
        metrics.http_request_seconds: _each(values.http_routes),
        metrics.http_connections_dropped: _each(get_args(ConnectionDrop)),
        metrics.exits: _each(get_args(ExitReason)),
    }


def _each(values: "Iterable[str]") -> list[tuple[str, ...]]:
    return [(value,) for value in values]


def _pairs(first: "Iterable[str]", second: "Iterable[str]") -> list[tuple[str, ...]]:
    return [(one, other) for one in first for other in second]
