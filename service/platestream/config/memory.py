"""How much memory the settings may come to, beside what the container is given."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from platestream.bus.configuration.memory import memory_bound
from platestream.config.settings import Settings

_CGROUP: Final = Path("/sys/fs/cgroup")
# What an orchestrator hands down of the container's resources, in bytes.
MEMORY_LIMIT: Final = "PLATESTREAM_MEMORY_LIMIT"
_MIB: Final = 1024 * 1024
# cgroup v1 says "no limit" with the largest number of whole pages.
_NO_LIMIT: Final = 1 << 60


def memory_limit(cgroup: Path = _CGROUP, env: Mapping[str, str] | None = None) -> int | None:
    """The container's memory in bytes, by its cgroup or as handed down; None if unknown."""
    texts = [(os.environ if env is None else env).get(MEMORY_LIMIT, "")]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            texts.append((cgroup / name).read_text())
        except OSError:
            continue
    limits = [int(text) for text in map(str.strip, texts) if text.isdecimal()]
    return min((limit for limit in limits if 0 < limit < _NO_LIMIT), default=None)


def added_memory(settings: Settings, *, stream: bool, http: bool) -> int:
    """The most, in bytes, that work can add to the memory of a warm, idle process.

    Args:
        settings: All of them.
        stream: Whether the Kafka interface runs.
        http: Whether the HTTP interface runs.
    """
    bound = memory_bound(settings.kafka, settings.stream, settings.pictures)
    work = bound.total if stream else bound.fetched + bound.decoded
    return work + (settings.web.max_body_memory if http else 0)


def memory_warning(
    settings: Settings, limit: int | None, *, stream: bool, http: bool
) -> str | None:
    """What to say where the work alone may take more than ``limit`` bytes; None where it fits.

    A warning and no refusal: the bound is that of the largest pictures all at once, which most
    streams never see.
    """
    added = added_memory(settings, stream=stream, http=http)
    if limit is None or added <= limit:
        return None
    names = ["pictures.max_side", "stream.max_decoded_bytes", "stream.max_in_flight_bytes"]
    if http:
        names.append("web.max_body_memory")
    return (
        f"frames at their largest may take {added // _MIB} MiB beside the process and its models, "
        f"and the container's limit is {limit // _MIB} MiB: lower stream.decode_workers "
        f"({settings.stream.decode_workers}), {', '.join(names)}, or raise the limit"
    )
