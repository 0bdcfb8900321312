"""What Kafka's clients complain of, said once: a filter of their log lines.

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
from collections.abc import Mapping
from typing import Any, Final

import structlog

from platestream.bus.clients.troubles import Troubles

LIBRDKAFKA: Final = "librdkafka"
# Who logs what an error callback brings: the event's name, and the text in its field "reason".
_CALLBACKS: Final = {
    "platestream.bus.clients.consumer": "consumer_error",
    "platestream.bus.delivery.publisher": "producer_error",
}
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
_log = structlog.get_logger(__name__)


def plain(text: str) -> str:
    """``text`` without what differs from one try to the next."""
    return _TIMES.sub("", _THREAD.sub("", text)).strip()


def broker_and_words(text: str) -> tuple[str | None, str]:
    """The broker that ``text`` is about, where it is about one, and what it says of it."""
    text = plain(text)
    found = _OF_A_BROKER.match(text)
    return (found["broker"], found["words"]) if found else (None, text)


class Complaints(logging.Filter):
    """Lets a complaint through once, from whichever client it comes. One for all of a process.

    Args:
        troubles: What lasts.
    """

    def __init__(self, troubles: Troubles | None = None) -> None:
        super().__init__()
        self._troubles = troubles if troubles is not None else Troubles()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        text = _text_of(record)
        return text is None or self.heard(text)

    def heard(self, text: str) -> bool:
        """Note a complaint; says what is to be said of a broker. Whether others are to be said."""
        broker, words = broker_and_words(text)
        if broker is None:
            # That none is left goes without saying: each of them was said to be away.
            return not _ALL_DOWN.match(words) and self._troubles.heard(words) is not None
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

    def watch(self) -> None:
        """Filter the loggers of all clients. Doing it again changes nothing."""
        for name in (LIBRDKAFKA, *_CALLBACKS):
            logging.getLogger(name).addFilter(self)


def _text_of(record: logging.LogRecord) -> str | None:
    """The complaint in a line of log, if it is one."""
    if record.name == LIBRDKAFKA:
        # Its lines are a pattern with three parts: kind, client, text.
        match record.args:
            case (str() as kind, _, str() as text) if kind in _REPEATED:
                return text
        return None
    event: Any = record.msg
    if isinstance(event, Mapping) and event.get("event") == _CALLBACKS.get(record.name):
        return str(event.get("reason", ""))
    return None


complaints: Final = Complaints()
"""That of this process."""
complaints.watch()
