"""Runs promtool over the chart's own rules: does each alert fire when it should, and only then?

The cases are in the YAML files beside this one: an alert, what scrapes see, whether it fires.
Besides promtool's notation of values, ``(0 0 stale _x17)*24`` repeats a piece. Labels that the
target has are added, ``pod="p0"`` included.

``python -m tests.deploy.alerts.cases`` prints the table.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tests.deploy.chart import BASE, NAMESPACE, RELEASE, Manifest, Values, merged, one, render

FOLDER: Final = Path(__file__).parent
# Everything that has alerts of its own.
VALUES: Final[Values] = merged(
    BASE,
    {
        "prometheusRule": {"enabled": True},
        "gpu": {"enabled": True},
        "web": {"enabled": True, "noAuth": True},
        "registry": {"url": "http://registry:8081"},
    },
)
# What Prometheus adds to each series of a target, by the chart's PodMonitor.
_TARGET: Final = (
    f'namespace="{NAMESPACE}",app_kubernetes_io_name="platestream"'
    f',app_kubernetes_io_instance="{RELEASE}"'
)
_REPEATED: Final = re.compile(r"\(([^)]*)\)\*(\d+)")
_FAILED: Final = "FAILED"


class _Loader(yaml.SafeLoader):
    """Takes 0x120 for what promtool does, not for a hexadecimal number."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base has it
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":int")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[0-9]+$"), list("0123456789"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What scrapes see, and what an alert makes of it.

    Attributes:
        alert: Its name.
        case: What happens.
        fires: Whether it fires at any time.
        over: Whether it has fired, and no longer does at the end.
        minutes: How long it is looked at; scrapes and evaluations are every 15 s.
        values: Values of the chart besides :data:`VALUES`.
        series: Values by series.
    """

    alert: str
    case: str
    fires: bool
    over: bool = False
    minutes: int = 30
    values: dict[str, Any] = field(default_factory=dict)
    series: dict[str, str]

    def as_test(self, rules: str) -> dict[str, Any]:
        """This case as a file of promtool, over the rules in file ``rules``."""
        firing = f'ALERTS{{alertname="{self.alert}",alertstate="firing"}}'
        seen = {
            f"(sum(count_over_time({firing}[{self.minutes}m])) > bool 0) or vector(0)": self.fires,
            f"(count({firing}) > bool 0) or vector(0)": self.fires and not self.over,
        }
        return {
            "rule_files": [rules],
            "evaluation_interval": "15s",
            "tests": [
                {
                    "interval": "15s",
                    "input_series": [
                        {"series": _with_target(name), "values": _unfolded(values)}
                        for name, values in self.series.items()
                    ],
                    "promql_expr_test": [
                        {
                            "expr": expression,
                            "eval_time": f"{self.minutes}m",
                            "exp_samples": [{"labels": "{}", "value": int(value)}],
                        }
                        for expression, value in list(seen.items())[: 2 if self.over else 1]
                    ],
                }
            ],
        }


def _with_target(name: str) -> str:
    metric, _, labels = name.removesuffix("}").partition("{")
    pod = "" if "pod=" in labels else 'pod="p0"'
    return f"{metric}{{{','.join(filter(None, (_TARGET, pod, labels)))}}}"


def _unfolded(values: object) -> str:
    return _REPEATED.sub(lambda piece: " ".join([piece[1]] * int(piece[2])), str(values))


def cases() -> Iterator[Case]:
    """Every case, file by file."""
    for path in sorted(FOLDER.glob("*.yaml")):
        listed = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - it is a safe loader
        for alert, entries in listed.items():
            for entry in entries:
                yield Case(alert=alert, **entry)


def alerts(values: Values) -> dict[str, Manifest]:
    """The chart's own rules with ``values``, by the names of their alerts."""
    groups = one(render(values), "PrometheusRule")["spec"]["groups"]
    return {rule["alert"]: rule for rule in groups[0]["rules"]}


def _alone(rules: Mapping[str, Manifest], alert: str) -> dict[str, Any]:
    """A file of rules with one of them; with none where the chart leaves it out."""
    chosen = [rules[alert]] if alert in rules else []
    return {"groups": [{"name": "chart", "rules": chosen}]}


def run(chosen: list[Case]) -> list[bool]:
    """Whether promtool saw what each case expects, in their order.

    Raises:
        RuntimeError: If promtool did not understand the files.
    """
    with tempfile.TemporaryDirectory() as folder:
        files: list[str] = []
        rules: dict[str, str] = {}
        for case in chosen:
            key = json.dumps([case.alert, case.values], sort_keys=True)
            if key not in rules:
                # Its own rule alone: promtool evaluates all that it is given, every 15 s.
                rule = _alone(alerts(merged(VALUES, case.values)), case.alert)
                rules[key] = _written(rule, Path(folder, f"rules{len(rules)}.yaml"))
            test = case.as_test(rules[key])
            files.append(_written(test, Path(folder, f"case{len(files)}.yaml")))
        done = subprocess.run(
            ["promtool", "test", "rules", *files], capture_output=True, text=True, check=False
        )
    answers = re.split(r"^Unit Testing: .*$", done.stdout, flags=re.MULTILINE)[1:]
    passed = [answer.strip() == "SUCCESS" for answer in answers]
    # A case that fails is told apart from a file that cannot be read by what it got.
    if len(passed) != len(chosen) or passed.count(False) > done.stderr.count(_FAILED):
        raise RuntimeError(f"promtool: {done.stderr or done.stdout}")
    if passed.count(False) > done.stderr.count("got:"):
        raise RuntimeError(f"promtool: {done.stderr}")
    return passed


def _written(content: object, path: Path) -> str:
    path.write_text(yaml.safe_dump(content), "utf-8")
    return str(path)


def table(chosen: list[Case], passed: list[bool]) -> Iterator[str]:
    """A line for each case: alert, case, what is expected, what was seen."""
    for case, well in zip(chosen, passed, strict=True):
        expected = ("fires, clears" if case.over else "fires") if case.fires else "silent"
        other = "not that" if case.over else ("silent" if case.fires else "fires")
        seen = expected if well else f"{other}  <--"
        yield f"{case.alert:30} {case.case[:84]:84} {expected:13} {seen}"


def main() -> None:
    """Print the table; exit with 1 if an alert does what it should not."""
    if shutil.which("promtool") is None:
        sys.exit("there is no promtool on the PATH (Debian: apt-get install prometheus)")
    chosen = list(cases())
    passed = run(chosen)
    sys.stdout.write("alert                          case".ljust(115) + " expected      seen\n")
    for line in table(chosen, passed):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{passed.count(True)} of {len(passed)} cases as expected\n")
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
