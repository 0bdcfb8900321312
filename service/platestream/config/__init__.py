"""Settings of the whole service, from flags, environment, file and defaults, in this order."""

from platestream.config.memory import memory_limit, memory_warning
from platestream.config.redaction import redacted
from platestream.config.settings import Settings
from platestream.config.sources import ConfigError, load_settings

__all__ = ["ConfigError", "Settings", "load_settings", "memory_limit", "memory_warning", "redacted"]
