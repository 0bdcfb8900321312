"""The rules of the drill are the chart's, only faster; the inhibitions name alerts of the chart."""

import re

import yaml

from tests.deploy.alerts.cases import VALUES, alerts
from tests.drill.faults import FAULTS
from tests.drill.rules import FACTOR, rules, values
from tests.drill.watch import INHIBITIONS


def test_windows_and_patience_are_shortened_by_one_factor() -> None:
    of_the_chart = alerts(values())
    for rule in rules():
        real = of_the_chart[rule["alert"]]

        assert _seconds(rule["expr"]) == [part / FACTOR for part in _seconds(real["expr"])]
        assert _time(rule["for"]) == _time(real["for"]) / FACTOR
        assert _without_times(rule["expr"]) == _without_times(real["expr"])


def test_there_are_windows_to_shorten() -> None:
    assert sum(len(_seconds(rule["expr"])) for rule in rules()) > len(rules())


def test_every_fault_has_an_alert() -> None:
    assert {fault.alert for fault in FAULTS} <= alerts(values()).keys()


def test_inhibitions_name_alerts_of_the_chart() -> None:
    known = alerts(VALUES).keys()
    for rule in yaml.safe_load(INHIBITIONS.read_text("utf-8"))["inhibit_rules"]:
        for matcher in rule["source_matchers"] + rule["target_matchers"]:
            (pattern,) = re.fullmatch(r'alertname=~?"(.+)"', matcher).groups()  # type: ignore[union-attr]
            parts = re.fullmatch(r"(\w+)(?:\((.+)\))?", pattern)
            assert parts is not None
            names = {parts[1] + end for end in (parts[2] or "").split("|")}
            assert names <= known, matcher
        assert "namespace" in rule["equal"], "releases of other namespaces inhibit nothing"


_TIMES = re.compile(r"(?:\[|offset )(\d+[smh])")
_AGES = re.compile(r"time\(\) - (\d+)")


def _seconds(expression: str) -> list[float]:
    return [*map(_time, _TIMES.findall(expression)), *map(float, _AGES.findall(expression))]


def _time(duration: str) -> float:
    return float(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def _without_times(expression: str) -> str:
    return _AGES.sub("", _TIMES.sub("", expression))
