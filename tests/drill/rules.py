"""The chart's alert rules, :data:`FACTOR` times as fast."""

import re
from typing import Any, Final

from tests.deploy.alerts.cases import alerts
from tests.deploy.chart import BASE, Values, merged

FACTOR: Final = 15
"""By which windows and `for` are shortened: a scrape every second stands for one every 15 s.

Thresholds are the chart's own: a model is no faster in a drill.
"""

_DURATION: Final = re.compile(r"(?<=\[)(\d+)([smh])(?=\])|(?<=offset )(\d+)([smh])")
_AGE: Final = re.compile(r"(?<=time\(\) - )(\d+)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def values() -> Values:
    """The chart's values of the drill."""
    return merged(
        BASE,
        {
            "prometheusRule": {"enabled": True},
            "registry": {"url": "http://registry:8081"},
        },
    )


def rules() -> list[dict[str, Any]]:
    """The rules as a file of Prometheus has them."""
    return [
        {**rule, "expr": _faster(rule["expr"]), "for": _shorter(rule.get("for", "0m"))}
        for rule in alerts(values()).values()
    ]


def _faster(expression: str) -> str:
    shortened = _DURATION.sub(lambda found: _shorter(found[0]), expression)
    return _AGE.sub(lambda found: str(int(found[0]) // FACTOR), shortened)


def _shorter(duration: str) -> str:
    return f"{int(duration[:-1]) * _SECONDS[duration[-1]] // FACTOR}s"
