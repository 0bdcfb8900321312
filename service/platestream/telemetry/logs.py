"""Structured logs: one event per line, JSON for machines or coloured text for people.

Plate text and pictures never reach a log line: :func:`withhold_personal_data` removes the fields
that could carry them, whoever logs them, and a traceback shows the lines of code alone. The forms
differ in how a finished event is written, and in nothing else.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

import structlog

from platestream.telemetry.tracing import installed

LogFormat = Literal["json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]

# Field names under which a plate, a picture or a credential might be logged by mistake.
_WITHHELD: Final = frozenset(
    {
        "plate", "plates", "plate_number", "text", "reading", "readings", "result",
        "image", "payload", "url", "token", "password", "authorization",
    }
)  # fmt: skip
WITHHELD_VALUE: Final = "<withheld>"


def withhold_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values of fields that may carry personal data (a structlog processor)."""
    for key in _WITHHELD.intersection(event):
        event[key] = WITHHELD_VALUE
    return event


def configure_logging(*, level: LogLevel = "info", form: LogFormat = "json") -> None:
    """Send structlog and the standard library's logging to stderr in one form.

    Standard output stays free for results (``platestream read --json``).
    """
    tracing = installed()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([tracing.add_ids] if tracing is not None else []),
        withhold_personal_data,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default prints the local variables of every frame: plates, bodies, signed URLs.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    tail: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        # Before the renderer, so that it has no exception left to format its own way.
        structlog.processors.format_exc_info,
        renderer,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=tail)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # httpx logs every request line with its URL, which may name a person or carry a credential.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Give a module its logger, named after it: pass ``__name__``."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
