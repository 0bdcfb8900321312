"""The unit of a setting or metric, from its name: the last word of it that names one.

A number whose name says no unit is refused, so that a new one gets a name that does, or a line
here.
"""

from typing import Final

_UNITS: Final = {
    # Time and memory, by the suffixes in use.
    "seconds": "s",
    "s": "s",
    "ms": "ms",
    "bytes": "bytes",
    "kbytes": "KiB",
    "memory": "bytes",
    "side": "pixels",
    # What is counted.
    "alerts": "alerts",
    "attempts": "tries",
    "buckets": "frames",
    "cameras": "cameras",
    "commits": "commits",
    "concurrency": "fetches",
    "connections": "connections",
    "area": "share",
    "entries": "entries",
    "errors": "errors",
    "failures": "frames",
    "fetches": "fetches",
    "fps": "frames/s",
    "frames": "frames",
    "lag": "messages",
    "passages": "passages",
    "looks": "looks",
    "results": "frames",
    "updates": "entries",
    "loads": "loads",
    "listeners": "pages",
    "partitions": "partitions",
    "plates": "plates",
    "rebalances": "rebalances",
    "resets": "partitions",
    "records": "records",
    "redirects": "redirects",
    "replicas": "replicas",
    "requests": "requests",
    "retries": "tries",
    "sample": "share",
    "scans": "scans",
    "schemas": "schemas",
    "swaps": "swaps",
    "threads": "threads",
    "tiles": "canvases",
    "tracks": "vehicles",
    "transactions": "transactions",
    "workers": "threads",
    # Shares and other numbers of their own.
    "confidence": "0 to 1",
    "fraction": "share",
    "iou": "share",
    "pictures": "pictures",
    "probability": "0 to 1",
    "port": "port",
    "ports": "port",
    "quality": "1 to 100",
    "ratio": "share",
    "scale": "ratio",
    "score": "0 to 1",
    "share": "share",
    "threshold": "0 to 1",
    "weight": "factor",
    "width": "share",
    # Yes or no, and the series that only carry labels.
    "info": "always 1",
    "paused": "0 or 1",
    "connected": "0 or 1",
    "ready": "0 or 1",
    "refused": "0 or 1",
    "exits": "exits",
}
# Names whose words say something else, or nothing.
_BY_NAME: Final = {
    "web.max_admitted": "requests",
    "web.max_in_flight": "requests",
    "platestream_region_fits": "plates",
    "platestream_camera_loaded_timestamp_seconds": "Unix time, s",
    "platestream_model_loaded_timestamp_seconds": "Unix time, s",
    "platestream_shadow_confidence_difference": "-1 to 1",
    "platestream_last_poll_timestamp_seconds": "Unix time, s",
    "platestream_feed_camera_last_frame_timestamp_seconds": "Unix time, s",
    "platestream_feed_capture_times": "frames",
    "platestream_feed_reconnects": "connections",
}


class NoUnitError(Exception):
    """A number of which nobody says what it counts."""


def unit_of(name: str) -> str:
    """The unit of the number that is called ``name``.

    Raises:
        NoUnitError: The name does not say.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    for word in reversed(name.rsplit(".", maxsplit=1)[-1].split("_")):
        if word in _UNITS:
            return _UNITS[word]
    raise NoUnitError(f"{name}: give it a name that ends with its unit, or add it to {__name__}")
