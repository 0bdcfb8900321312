"""Printing settings without their secrets."""

import re
from collections.abc import Mapping
from typing import Any, Final

from platestream.config.settings import Settings

HIDDEN: Final = "<hidden>"
# librdkafka's and our own names of secrets; the *path* of a file with a secret is no secret.
_SECRET: Final = re.compile(
    r"(password|secret|token|\.pem$|sasl\.oauthbearer\.config|sasl\.jaas|access_?key)",
    re.IGNORECASE,
)
_LOCATION: Final = re.compile(r"(_file|_path|\.location)$")


def redacted(settings: Settings) -> dict[str, Any]:
    """The settings as plain data (JSON types) with every secret replaced by ``<hidden>``."""
    return {key: _hide(key, value) for key, value in settings.model_dump(mode="json").items()}


def _hide(key: str, value: object) -> Any:
    if isinstance(value, Mapping):
        return {name: _hide(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hide(key, inner) for inner in value]
    if value not in (None, "") and _SECRET.search(key) and not _LOCATION.search(key):
        return HIDDEN
    return value
