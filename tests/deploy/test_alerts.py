"""Each alert fires when it should and else stays silent: by promtool, on the chart's own rules."""

import re
import shutil
from dataclasses import replace

import pytest

from tests.clusters.requirement import skip_or_fail
from tests.deploy.alerts import cases
from tests.deploy.chart import merged

ALL = list(cases.cases())


def _promtool() -> None:
    if shutil.which("promtool") is None:
        skip_or_fail("there is no promtool on the PATH (Debian: apt-get install prometheus)")


def test_every_alert_has_a_case_that_fires_and_one_that_stays_silent() -> None:
    weaker = {"kafka": {"guarantee": "at_least_once"}}
    alerts = set(cases.alerts(cases.VALUES)) | set(cases.alerts(merged(cases.VALUES, weaker)))

    assert {case.alert for case in ALL if case.fires} == alerts
    assert {case.alert for case in ALL if not case.fires} == alerts
    assert len({(case.alert, case.case) for case in ALL}) == len(ALL) >= 2 * len(alerts) >= 34


def test_the_cases_that_were_wrong_once_are_among_them() -> None:
    """A1 to A11, as a trial on a real cluster numbered them, with what is right for each."""
    right = {"A1": True, "A2": True, "A3": True, "A4": True, "A5": True, "A6": True}
    right |= {"A7": False, "A8": False, "A9": False, "A10": False, "A11": True}
    seen: dict[str, set[bool]] = {}
    for case in ALL:
        if named := re.match(r"A\d+(?=:)", case.case):
            seen.setdefault(named[0], set()).add(case.fires)

    assert seen.keys() == right.keys()
    for name, fires in right.items():
        assert fires in seen[name]


def test_promtool_sees_what_each_case_expects() -> None:
    _promtool()
    passed = cases.run(ALL)

    wrong = [line for line, well in zip(cases.table(ALL, passed), passed, strict=True) if not well]
    assert wrong == []


def test_a_wrong_expectation_is_seen() -> None:
    _promtool()
    fires = next(case for case in ALL if case.alert == "PlatestreamBehind" and case.fires)
    silent = next(case for case in ALL if case.alert == "PlatestreamBehind" and not case.fires)
    clears = replace(fires, over=True)

    wrong = [replace(fires, fires=False), replace(silent, fires=True), clears]
    assert cases.run([fires, *wrong, silent]) == [True, False, False, False, True]


def test_a_case_that_promtool_cannot_read_is_no_result() -> None:
    _promtool()
    with pytest.raises(RuntimeError, match="promtool"):
        cases.run([replace(ALL[0], series={"up": "one two"})])


def test_each_alert_names_its_runbook() -> None:
    own = {"prometheusRule": {"runbookUrl": "https://docs.example.com/runbooks/"}}
    for name, rule in cases.alerts(cases.VALUES).items():
        assert rule["annotations"]["runbook"] == f"docs/runbooks/{name}.md"
        assert "runbook_url" not in rule["annotations"], "nobody knows where it is published"
    for name, rule in cases.alerts(merged(cases.VALUES, own)).items():
        url = rule["annotations"]["runbook_url"]
        assert url == f"https://docs.example.com/runbooks/{name}.md"
