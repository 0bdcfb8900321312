"""The settings of cameras that are in force now, put together from where they come from."""

import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, get_args

import structlog

from platestream.telemetry.health import CheckResult
from platestream.telemetry.labels import CameraSource
from platestream.telemetry.metrics import Metrics
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.cameras.table import CameraTable

_log = structlog.get_logger(__name__)

# Later ones come before earlier ones: what is changed last, and most easily.
_SOURCES: Final[tuple[CameraSource, ...]] = get_args(CameraSource)
_NOTHING: Final[Mapping[str, CameraSettings]] = MappingProxyType({})
# Problems that one line of the log names; the rest are counted in it.
_MOST_NAMED: Final = 10


class CameraBook:
    """Camera settings by source: the service's own, over them a file's, over them a topic's.

    An entry of a later source replaces the one of the same id or pattern as a whole. What is wrong
    changes nothing: the last good settings stay. May be used by any thread.

    Args:
        settings: The service's own.
        metrics: Where loads are counted.
        awaited: Sources that have to be there before frames are read.
    """

    def __init__(
        self,
        settings: Mapping[str, CameraSettings],
        metrics: Metrics,
        awaited: Sequence[CameraSource] = (),
    ) -> None:
        self._metrics = metrics
        self._lock = threading.Lock()
        self._layers = dict.fromkeys(_SOURCES, _NOTHING)
        self._wrong: dict[CameraSource, Mapping[str, str]] = {name: {} for name in _SOURCES}
        self._awaited = set(awaited)
        self._table = CameraTable({})
        self.replace("settings", settings)

    def of(self, camera_id: str) -> CameraSettings | None:
        """The settings of a camera; None where it has none."""
        return self._table.of(camera_id)

    @property
    def table(self) -> CameraTable:
        """What is in force."""
        return self._table

    @property
    def complete(self) -> bool:
        """Whether every source has been read."""
        return not self._awaited

    def wrong(self, source: CameraSource) -> Mapping[str, str]:
        """What is wrong with the newest settings of a source, by key."""
        return self._wrong[source]

    def replace(
        self,
        source: CameraSource,
        entries: Mapping[str, CameraSettings],
        wrong: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Put these in place of all that a source had.

        What contradicts the rest is left out of a topic, and is a reason to refuse any other source
        as a whole.

        Args:
            source: Where they come from.
            entries: Those that are sound.
            wrong: What is wrong with others of it, by key.
        """
        with self._lock:
            table = CameraTable(self._merged(source, entries))
            clashes = {k: v for k, v in table.refused.items() if k not in self._table.refused}
            if clashes and source != "topic":
                self._note(source, wrong={**wrong, **clashes})
                return
            changed = table.digest != self._table.digest
            self._layers[source] = dict(entries)
            self._table = table
            self._awaited.discard(source)
            kept_out = {key: why for key, why in table.refused.items() if key in entries}
            self._note(source, wrong={**wrong, **kept_out})
            self._metrics.camera_loaded_timestamp.set_to_current_time()
            self._metrics.camera_loads.labels(source, "applied").inc()
            for name, layer in self._layers.items():
                self._metrics.camera_entries.labels(name).set(len(layer))
        if changed:
            _log.info(
                "camera_settings_applied",
                source=source,
                version=table.digest,
                entries=len(table.entries),
            )

    def refuse(self, source: CameraSource, problems: Sequence[str]) -> None:
        """Say that the newest settings of a source cannot be used; those before stay."""
        with self._lock:
            self._note(source, wrong={"": "; ".join(problems)})

    def ready(self) -> CheckResult:
        """Whether all sources have been read; what is in force, and what of it is not the newest.

        Settings that are refused later leave it ready: the last good ones are at work, and a fleet
        that is unready for a slip of the pen would be worse.
        """
        if self._awaited:
            waits = ", ".join(sorted(self._awaited))
            return CheckResult(ok=False, detail=f"settings of cameras are not read yet: {waits}")
        table = self._table
        detail = f"version {table.digest}, {len(table.entries)} entries"
        for source, wrong in self._wrong.items():
            if wrong:
                detail += f"; {len(wrong)} of the newest of {source} refused"
        return CheckResult(ok=True, detail=detail)

    def _merged(
        self, source: CameraSource, entries: Mapping[str, CameraSettings]
    ) -> dict[str, CameraSettings]:
        layers = {**self._layers, source: entries}
        merged: dict[str, CameraSettings] = {}
        for name in _SOURCES:
            merged |= layers[name]
        return merged

    def _note(self, source: CameraSource, *, wrong: Mapping[str, str]) -> None:
        new = [why for key, why in wrong.items() if self._wrong[source].get(key) != why]
        self._wrong[source] = dict(wrong)
        # Of a file all or nothing is taken.
        refused = len(wrong) if source == "topic" else bool(wrong)
        self._metrics.camera_refused_entries.labels(source).set(refused)
        if new:
            self._metrics.camera_loads.labels(source, "refused").inc(len(new))
            _log.error(
                "camera_settings_refused",
                source=source,
                problems=new[:_MOST_NAMED],
                more=max(0, len(new) - _MOST_NAMED),
                version=self._table.digest,
            )
