"""Metrics of the cameras' own settings: what is in force, what was refused, what they leave out."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge

from platestream.telemetry.camera_presence import CameraPresence


class CameraMetrics:
    """Settings by source, and the plates that they leave out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)

        self.presence = CameraPresence()
        self.silent_cameras = gauge(
            "platestream_silent_cameras",
            "Cameras of the assigned partitions that sent frames, and none for "
            "telemetry.camera_silence_seconds; 0 where that is not set.",
        )
        self.silent_cameras.set_function(self.presence.silent)
        self.camera_entries = gauge(
            "platestream_camera_entries",
            "Camera ids and patterns that have settings of their own, by source: settings, file or "
            "topic.",
            ["source"],
        )
        self.camera_loads = counter(
            "platestream_camera_loads",
            "New settings of cameras, by source and outcome: applied or refused. Refused: a file "
            "as a whole, of a topic each record that is wrong.",
            ["source", "outcome"],
        )
        self.camera_refused_entries = gauge(
            "platestream_camera_refused_entries",
            "Newest settings of cameras that are wrong, so that older ones, or none, are in force: "
            "records of the topic, and 1 for the file.",
            ["source"],
        )
        self.camera_loaded_timestamp = gauge(
            "platestream_camera_loaded_timestamp_seconds",
            "Unix time at which settings of cameras were last applied.",
        )
        self.plates_left_out = counter(
            "platestream_plates_left_out",
            "Plates that settings left out, by reason. Of a camera: outside (of its areas), "
            "ignored (in an ignored area), narrow, wide or unsure. Of all: incomplete (cut or "
            "covered).",
            ["reason"],
        )
