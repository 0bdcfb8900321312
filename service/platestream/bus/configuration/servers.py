"""The form of a list of brokers."""

import re
from typing import Final

# Without a port the client takes 9092.
_SERVER: Final = re.compile(r"(\[[^\[\]\s]+\]|[^\[\]:;\s]+)(:(?P<port>\d{1,5}))?")
_LAST_PORT: Final = 65_535


def checked_servers(given: str) -> str:
    """``given``, if it is a comma-separated list of ``host:port``.

    Raises:
        ValueError: It is not.
    """
    for server in given.split(","):
        scheme, found, rest = server.strip().partition("://")
        if found:
            example = rest.rstrip("/") or "kafka:9092"
            raise ValueError(
                f"{server.strip()} must be host:port, such as {example}; {scheme} has no place "
                "here: kafka.security.protocol says how the brokers are spoken to"
            )
        well_formed = _SERVER.fullmatch(server.strip())
        if well_formed is None or not 0 < int(well_formed["port"] or 9092) <= _LAST_PORT:
            raise ValueError(f"{server.strip() or 'an empty item'} must be host:port")
    return given
