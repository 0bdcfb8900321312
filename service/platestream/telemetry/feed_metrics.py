"""Metrics of the feed: what is read from cameras and films, and what becomes of it.

A registry of its own: a service that reads plates feeds nothing. Two gauges carry the camera, since
which one has gone silent is the question; the feed's own settings bound how many there are.
"""

from functools import partial
from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from platestream.telemetry.buckets import END_TO_END_BUCKETS
from platestream.telemetry.process_metrics import ProcessMetrics

FeedDrop = Literal["rate", "motion", "queue", "damaged", "too_large", "undelivered", "stopped"]
FeedForm = Literal["source", "encoded", "shrunk"]
FeedClock = Literal["stream", "arrival", "file"]
FeedBreak = Literal["unreachable", "refused", "silent", "ended", "failed"]

DROPS: Final[tuple[FeedDrop, ...]] = get_args(FeedDrop)


class FeedMetrics(ProcessMetrics):
    """The metrics of one feed.

    Args:
        registry: Where they are registered; one of their own when not given.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        super().__init__(self.registry)
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)

        self.feed_frames_read = counter(
            "platestream_feed_frames_read",
            "Frames taken from sources. Each is published, dropped, or still on its way.",
        )
        self.feed_frames_published = counter(
            "platestream_feed_frames_published",
            "Frames that the brokers have acknowledged.",
        )
        self.feed_frames_dropped = counter(
            "platestream_feed_frames_dropped",
            "Frames that were not published, by reason: rate (above fps), motion (nothing moved), "
            "queue (a live camera's oldest, as the topic did not keep up), damaged, too_large, "
            "undelivered (given up by the client, or refused), stopped.",
            ["reason"],
        )
        self.feed_pictures = counter(
            "platestream_feed_pictures",
            "Pictures made ready, by form: source (the camera's own bytes), encoded, or shrunk "
            "(encoded again at less quality or size, to fit the record).",
            ["form"],
        )
        self.feed_capture_times = counter(
            "platestream_feed_capture_times",
            "Frames read, by where their capture time is from: stream (the camera's clock), "
            "arrival (this machine's) or file.",
            ["clock"],
        )
        self.feed_bytes = counter("platestream_feed_bytes", "Bytes of the pictures published.")
        self.feed_reconnects = counter(
            "platestream_feed_reconnects",
            "Connections of live sources that ended or failed, by reason: unreachable, refused "
            "(credentials, or nothing there), silent, ended, failed. Each is tried again.",
            ["reason"],
        )
        self.feed_queued_frames = gauge(
            "platestream_feed_queued_frames", "Frames of all cameras that wait to be sent."
        )
        self.feed_latency_seconds = Histogram(
            "platestream_feed_latency_seconds",
            "From the capture of a frame of a live source to its acknowledgement.",
            buckets=END_TO_END_BUCKETS,
            registry=self.registry,
        )
        self.feed_camera_connected = gauge(
            "platestream_feed_camera_connected",
            "1 while the source of the camera is open and gives frames, else 0.",
            ["camera"],
        )
        self.feed_camera_last_frame = gauge(
            "platestream_feed_camera_last_frame_timestamp_seconds",
            "Unix time at which the last frame of the camera was read; 0 before the first.",
            ["camera"],
        )
        for metric, values in (
            (self.feed_frames_dropped, DROPS),
            (self.feed_pictures, get_args(FeedForm)),
            (self.feed_capture_times, get_args(FeedClock)),
            (self.feed_reconnects, get_args(FeedBreak)),
        ):
            for value in values:
                metric.labels(value)
