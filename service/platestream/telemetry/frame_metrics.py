"""Metrics of frames: what is read of them, and how long it takes."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from platestream.telemetry.buckets import (
    BATCH_BUCKETS,
    CONFIDENCE_BUCKETS,
    END_TO_END_BUCKETS,
    STAGE_BUCKETS,
)


class FrameMetrics:
    """Frames, stages, plates and fetches."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)

        # -- frames -----------------------------------------------------------------------------
        self.frames_consumed = counter(
            "platestream_frames_consumed",
            "Frame messages taken from the source, good or bad.",
        )
        self.frames_processed = counter(
            "platestream_frames_processed",
            "Frames whose outcome was delivered, by outcome: plates, no_plate, failed or "
            "skipped (too old; see kafka.stale_frames).",
            ["outcome"],
        )
        self.frames_dropped = counter(
            "platestream_frames_dropped",
            "Frames let go unfinished as their partition moved; its new owner reads them again.",
            ["reason"],
        )
        self.frames_skipped = counter(
            "platestream_frames_skipped",
            "Frames that were passed over unread, as far as it is known, by reason: retention "
            "(deleted before they were read), topic_recreated (deleted with their topic) or "
            "offset_reset (a group without offsets that begins at the end).",
            ["reason"],
        )
        self.position_resets = counter(
            "platestream_position_resets",
            "Times that a partition was not read on where the group had left it, by reason: those "
            "of platestream_frames_skipped_total, offset_reset also where somebody else had set "
            "the offset, and log_truncated where the brokers lost the end of the log.",
            ["reason"],
        )
        self.frames_stale = counter(
            "platestream_frames_stale",
            "Frames that were too old to be read when their turn came, once that was delivered, by "
            "kafka.stale_frames.policy: skip or dead_letter.",
            ["policy"],
        )
        self.frame_failures = counter(
            "platestream_frame_failures",
            "Failed frames by documented error code.",
            ["error_code"],
        )
        self.frame_bytes = counter(
            "platestream_frame_bytes",
            "Bytes of frame messages taken from the source.",
        )
        self.in_flight_frames = gauge(
            "platestream_in_flight_frames",
            "Frames taken from the source whose outcome is not yet acknowledged.",
        )
        self.in_flight_bytes = gauge(
            "platestream_in_flight_bytes",
            "Encoded bytes of the frames in flight.",
        )

        # -- time -------------------------------------------------------------------------------
        self.stage_seconds = histogram(
            "platestream_stage_duration_seconds",
            "Time spent in one stage: per frame for fetch, decode, queue and publish; "
            "per batch for detect, rectify, recognize and commit.",
            ["stage"],
            buckets=STAGE_BUCKETS,
        )
        self.end_to_end_seconds = histogram(
            "platestream_end_to_end_latency_seconds",
            "From the capture of a frame to the acknowledged delivery of its last record.",
            buckets=END_TO_END_BUCKETS,
        )
        self.batch_frames = histogram(
            "platestream_batch_frames",
            "Frames in one batch given to the detector.",
            buckets=BATCH_BUCKETS,
        )

        # -- plates -----------------------------------------------------------------------------
        self.plates = counter(
            "platestream_plates",
            "Plates read, by background colour and number of text rows.",
            ["color", "rows"],
        )
        self.plate_confidence = histogram(
            "platestream_plate_confidence",
            "Calibrated confidence of the plates read, by background colour.",
            ["color"],
            buckets=CONFIDENCE_BUCKETS,
        )

        self.region_fits = counter(
            "platestream_region_fits",
            "Plates held against the formats of the configured regions, by outcome: fits as read, "
            "mended (a likely text that fits was taken), unfit (reported as read) or left_out.",
            ["outcome"],
        )

        # -- fetch ------------------------------------------------------------------------------
        self.fetches = counter(
            "platestream_fetches",
            "Pictures asked for by URL, by outcome: ok, or the way in which the fetch failed.",
            ["outcome"],
        )
        self.fetch_retries = counter(
            "platestream_fetch_retries",
            "Attempts at a URL after the first.",
        )
