"""What Kafka's clients say, said once; and how long a trouble lasts.

While a broker is away every client tries it several times a second, and each failed try gives a
line of librdkafka's log and an error callback with the same text: hundreds of lines a minute that
say one thing. Here all of them are one trouble of one broker: said when it begins
(``broker_away``), again now and then, and when it is over (``broker_back``). Any other error that
is repeated, such as a refused password, is said as it is, once and then now and then. All other
lines pass.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError

from platestream.bus.errors import StartError, is_authentication

# librdkafka's words for lines that an error callback brings as well.
_REPEATED: Final = frozenset({"FAIL", "ERROR"})
# A client pauses for 10 s between two tries at most (reconnect.backoff.max.ms), give or take a
# quarter. Who is connected, and complained of by nobody for longer, is back.
_QUIET_SECONDS: Final = 15.0

# A complaint is heard when its client is polled, so it may be older than it seems.
_LATE_SECONDS: Final = 5.0

_THREAD: Final = re.compile(r"^\[thrd:[^\]]*\]: ")
_TIMES: Final = re.compile(r" \(after \d+ms in state .*\)$")
_ALL_DOWN: Final = re.compile(r"\d+/\d+ brokers are down$")
# "GroupCoordinator: sasl_ssl://host:9092/1: words"
_OF_A_BROKER: Final = re.compile(
    r"(?:\w+Coordinator: )?(?:\w+://)?(?P<broker>[^\s/]+:\d+)(?:/\S+)?: (?P<words>.+)$", re.DOTALL
)
# What it says of a broker that is not reached. The reason changes while a broker goes and comes.
_NOT_REACHED: Final = re.compile(
    r"Connect to |Connection |Disconnected|Failed to resolve|Receive failed|Send failed|"
    r".*timed out",
    re.IGNORECASE,
)
_ALL_BROKERS_DOWN: Final = KafkaError._ALL_BROKERS_DOWN  # noqa: SLF001
# A minute: whoever looks at the last page of a log sees that it still lasts, and an hour of it is
# sixty lines.
REMIND_SECONDS: Final = 60.0
# Subjects that are remembered. Each is a broker or a kind of error, so there are dozens; a text
# that is new each time must not take memory without end.
_MOST: Final = 1000
_librdkafka_log: Final = logging.getLogger("librdkafka")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Trouble:
    """What is known of one trouble.

    Attributes:
        begun: When it was first heard of, by the monotonic clock.
        heard: When it was last heard of.
        times: How often it was heard of.
    """

    begun: float
    heard: float
    said: float
    times: int = 1

    @property
    def seconds(self) -> float:
        """How long it has lasted, as far as it was heard of."""
        return round(self.heard - self.begun, 1)


class LogThrottle:
    """Knows which troubles last. May be used from any thread.

    Args:
        remind: Seconds between two lines about a trouble that lasts.
        clock: The monotonic clock.
    """

    def __init__(
        self, remind: float = REMIND_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._remind = remind
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Trouble] = {}

    def heard(self, subject: str) -> Trouble | None:
        """Note a trouble; what is known of it if it should be said now, else None."""
        now = self._clock()
        with self._lock:
            trouble = self._known.get(subject)
            if trouble is None:
                if len(self._known) >= _MOST:
                    del self._known[min(self._known, key=lambda name: self._known[name].heard)]
                trouble = self._known[subject] = Trouble(now, now, now)
                return trouble
            trouble.times += 1
            trouble.heard = now
            if now - trouble.said < self._remind:
                return None
            trouble.said = now
            return trouble

    def over(self, subject: str) -> Trouble | None:
        """Note that it is over; what was known of it, None if nothing was."""
        with self._lock:
            return self._known.pop(subject, None)

    def lasting(self) -> dict[str, float]:
        """The troubles that last, each with the seconds since it was last heard of."""
        now = self._clock()
        with self._lock:
            return {name: now - trouble.heard for name, trouble in self._known.items()}


def plain(text: str) -> str:
    """``text`` without what differs from one try to the next."""
    return _TIMES.sub("", _THREAD.sub("", text)).strip()


def broker_and_words(text: str) -> tuple[str | None, str]:
    """The broker that ``text`` is about, where it is about one, and what it says of it."""
    text = plain(text)
    found = _OF_A_BROKER.match(text)
    return (found["broker"], found["words"]) if found else (None, text)


class ClientLog:
    """Lets what clients say through once, from whichever it comes. One for all of a process.

    Args:
        troubles: What lasts.
    """

    def __init__(self, troubles: LogThrottle | None = None) -> None:
        self._troubles = troubles if troubles is not None else LogThrottle()
        self._dismissed: set[str] = set()

    def dismiss(self, brokers: Iterable[str]) -> None:
        """Say nothing more of ``brokers`` (``host:port``): they are stopped on purpose."""
        self._dismissed.update(brokers)

    def log(self, level: int, pattern: str, kind: str, client: str, text: str) -> None:
        """Take a line of librdkafka's log: it calls this as a logger's (``logger``)."""
        if kind not in _REPEATED or self.heard(text):
            _librdkafka_log.log(level, pattern, kind, client, text)

    def heard(self, text: str) -> bool:
        """Note a complaint; says what is to be said of a broker. Whether others are to be said."""
        broker, words = broker_and_words(text)
        if broker is None:
            # That none is left goes without saying: each of them was said to be away.
            return not _ALL_DOWN.match(words) and self._troubles.heard(words) is not None
        if broker in self._dismissed:
            return False
        if not _NOT_REACHED.match(words):
            return self._troubles.heard(f"{broker}: {words}") is not None
        if trouble := self._troubles.heard(broker):
            _log.warning(
                "broker_away",
                broker=broker,
                reason=words,
                seconds=trouble.seconds,
                times=trouble.times,
            )
        return False

    def statistics(self, document: str) -> None:
        """Take a client's statistics in (``stats_cb``): they say who is connected."""
        lasting = self._troubles.lasting()
        if not lasting:
            return
        for broker in json.loads(document).get("brokers", {}).values():
            name = broker.get("nodename")
            silent = lasting.get(name)
            if silent is None or broker.get("state") != "UP":
                continue
            connected = broker.get("stateage", 0) / 1e6
            if (connected < silent + _LATE_SECONDS or silent > _QUIET_SECONDS) and (
                trouble := self._troubles.over(name)
            ):
                _log.info("broker_back", broker=name, seconds=round(trouble.seconds + silent, 1))


client_log: Final = ClientLog()
"""That of this process."""


def logged(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """``configuration`` of a client whose log lines and statistics go to :data:`client_log`."""
    return {**configuration, "logger": client_log, "stats_cb": client_log.statistics}


class LastClientError:
    """Why a cluster does not answer: the last reason of each broker. ``note`` is an ``error_cb``.

    The call that waits for an answer only knows that none came ("Broker transport failure"); that a
    name does not resolve, a password is wrong or a certificate unknown comes in callbacks.
    """

    def __init__(self) -> None:
        self._by_broker: dict[str, str] = {}
        self._refused: str | None = None

    def note(self, error: KafkaError) -> None:
        """Note what a client reports."""
        if error.code() == _ALL_BROKERS_DOWN:  # says nothing that the others do not say
            return
        broker, words = broker_and_words(error.str())
        self._by_broker[broker or ""] = words
        if is_authentication(error):
            self._refused = f"{broker or 'the cluster'}: {words}"

    def raise_certain(self) -> None:
        """Give up at once on what no waiting mends.

        Raises:
            StartError: If a broker refused who we are.
        """
        if self._refused is not None:
            raise StartError(f"not let in by {self._refused}")

    def told(self, otherwise: str) -> str:
        """All reasons in one line; ``otherwise`` where there is none."""
        return "; ".join(dict.fromkeys(self._by_broker.values())) or otherwise
