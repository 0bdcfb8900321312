"""How many connections there may be, and which one goes when another needs its place.

A connection costs a file descriptor, and the process has one budget of them, for brokers, probes
and callers alike. Whoever holds a connection without a request on it gives way to whoever comes:
silence shuts nobody out.
"""

import resource
from collections import OrderedDict
from enum import Enum, auto
from typing import Final, Protocol

from platestream.telemetry.labels import ConnectionDrop
from platestream.telemetry.metrics import Metrics

# Brokers, registry, fetches, models, logs and the telemetry endpoint with its scrapers and probes.
_KEPT_BACK: Final = 256


class Phase(Enum):
    """What a connection is about."""

    HEAD = auto()
    """It has yet to bring a request's whole head."""
    WORK = auto()
    """A request is being answered."""
    REST = auto()
    """Answered before its body was in, or closing: what is still to come is read and dropped."""
    IDLE = auto()
    """Kept alive between requests."""


class Droppable(Protocol):
    """A connection as the budget sees it."""

    def drop(self) -> None:
        """End it at once, unsent bytes and all."""
        ...


class Connections:
    """The connections of one server. Belongs to one event loop.

    Args:
        capacity: Most connections at once.
        metrics: Where they are counted.
    """

    def __init__(self, capacity: int, metrics: Metrics) -> None:
        self.capacity = capacity
        self._metrics = metrics
        # Oldest first; in the order in which they go when room is needed.
        self._silent: OrderedDict[Droppable, None] = OrderedDict()
        self._idle: OrderedDict[Droppable, None] = OrderedDict()
        self._at_work: OrderedDict[Droppable, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._silent) + len(self._idle) + len(self._at_work)

    def make_room(self) -> bool:
        """Make room for one more; whether there is any."""
        return len(self) < self.capacity or self.displace("displaced")

    def displace(self, reason: ConnectionDrop) -> bool:
        """End the connection that has been without a request for longest; whether there was one."""
        for waiting in (self._silent, self._idle):
            if waiting:
                connection = next(iter(waiting))
                self.remove(connection)
                self.count(reason)
                connection.drop()
                return True
        return False

    def enter(self, connection: Droppable, phase: Phase) -> None:
        """Note that ``connection``, new or known, is in ``phase`` from now on."""
        self.remove(connection)
        match phase:
            case Phase.HEAD | Phase.REST:
                self._silent[connection] = None
            case Phase.IDLE:
                self._idle[connection] = None
            case Phase.WORK:
                self._at_work[connection] = None
        self._metrics.http_connections.set(len(self))

    def remove(self, connection: Droppable) -> None:
        """Forget ``connection``."""
        for known in (self._silent, self._idle, self._at_work):
            known.pop(connection, None)
        self._metrics.http_connections.set(len(self))

    def count(self, reason: ConnectionDrop) -> None:
        """Count a connection that was ended, or never taken in, for ``reason``."""
        self._metrics.http_connections_dropped.labels(reason).inc()


def affordable(wanted: int) -> int:
    """As many of the ``wanted`` connections as the process's limit of file descriptors allows."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(limit // 2, limit - _KEPT_BACK))
