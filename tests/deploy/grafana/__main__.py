"""Asks a real Prometheus, which scrapes a real run, every query of every panel and alert.

``python -m tests.deploy.grafana`` prints a table and fails where a query returns nothing, or an
error, and ``panels.yaml`` gives no reason for it. The run is ``platestream run --http`` on a real
Kafka, exactly once, with a real registry: frames and requests, good and bad.
"""

import base64
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import httpx
import promql_parser
import yaml
from confluent_kafka import Producer
from rich.console import Console
from rich.table import Table

from tests.clusters.kafka import real_kafka
from tests.clusters.process import LoggedProcess, free_port
from tests.clusters.registry import real_registry
from tests.deploy.alerts.cases import VALUES
from tests.deploy.chart import NAMESPACE, RELEASE, one, render
from tests.deploy.grafana.dashboards import dashboards
from tests.deploy.promql import series_of
from tests.e2e.service import ServiceProcess
from tests.pictures.pixels import encode
from tests.vision.tiny_models import paint_plate, scene, write_bundle

_SCRAPE_S: Final = 1
# Long enough for ten scrapes and for the slowest lag report.
_RUN_S: Final = 20.0
_START_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query, where it stands, and why it may return nothing."""

    place: str
    expression: str
    empty: str = ""


def panel_queries() -> Iterator[Query]:
    """Those of the dashboards, with everything chosen."""
    for dashboard in dashboards():
        for panel in dashboard.panels:
            for legend, expression in panel.queries.items():
                chosen = expression.replace("$s", 'job=~".*",namespace=~".*",pod=~".*"')
                place = f"{dashboard.name}: {panel.title} ({legend})"
                yield Query(place=place, expression=chosen, empty=panel.empty)


def alert_queries() -> Iterator[Query]:
    """Every series that an alert reads: it returns something itself only when it fires."""
    rule = one(render(VALUES), "PrometheusRule")
    for group in rule["spec"]["groups"]:
        for item in group["rules"]:
            if "record" in item:
                yield Query(place=f"rule {item['record']}", expression=item["expr"])
                continue
            known: set[str] = set()
            for series in series_of(promql_parser.parse(item["expr"])):
                labels = ",".join(
                    f"{matcher.name}{_operator(matcher)}{_quoted(matcher.value)}"
                    for matcher in series.matchers.matchers
                    # Which failures there were is the alert's matter, not whether the series is.
                    if matcher.name in {"namespace", "app_kubernetes_io_name"}
                )
                expression = f"{series.name}{{{labels}}}"
                if expression not in known:
                    known.add(expression)
                    yield Query(
                        place=f"alert {item['alert']}: {series.name}", expression=expression
                    )


def _operator(matcher: promql_parser.Matcher) -> str:
    signs = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
    return signs[str(matcher.op).rpartition(".")[2]]


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Prometheus:
    """A real Prometheus that scrapes one target, for as long as the block lasts."""

    def __init__(self, folder: Path, target: int) -> None:
        program = shutil.which("prometheus")
        if program is None:
            raise SystemExit("there is no prometheus on the PATH (`make tools` installs it)")
        configuration = {
            "global": {"scrape_interval": f"{_SCRAPE_S}s", "scrape_timeout": f"{_SCRAPE_S}s"},
            "scrape_configs": [
                {
                    "job_name": "platestream",
                    "static_configs": [
                        {
                            "targets": [f"127.0.0.1:{target}"],
                            # As the chart's monitors label a replica.
                            "labels": {
                                "namespace": NAMESPACE,
                                "pod": "p0",
                                "app_kubernetes_io_name": "platestream",
                                "app_kubernetes_io_instance": RELEASE,
                            },
                        }
                    ],
                }
            ],
        }
        file = folder / "prometheus.yaml"
        file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
        port = free_port()
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)
        self._process = LoggedProcess(
            [
                program,
                f"--config.file={file}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            folder / "prometheus.log",
        )

    def __enter__(self) -> Self:
        self._process.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if self._client.get("/-/ready").is_success:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise SystemExit(f"Prometheus did not start: {self._process.last_words()}")

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._process.kill()

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """What an instant query returns.

        Raises:
            ValueError: If Prometheus refuses the query.
        """
        answer = self._client.get("/api/v1/query", params={"query": expression}).json()
        if answer["status"] != "success":
            raise ValueError(answer["error"])
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


@contextmanager
def scraped_service(folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that has seen a service at work."""
    with ExitStack() as stack:
        servers = stack.enter_context(real_kafka())
        registry = stack.enter_context(real_registry())
        port = free_port()
        settings: dict[str, object] = {
            "kafka.bootstrap_servers": servers,
            "kafka.create_topics": True,
            "kafka.guarantee": "exactly_once",
            "kafka.new_topic_partitions": 2,
            "kafka.topics.results": "frames.results",
            "registry.url": registry,
            "vision.bundle": write_bundle(folder / "tiny"),
            "vision.regions": '["cn"]',
            "web.no_auth": True,
            "web.port": port,
        }
        service = stack.enter_context(
            ServiceProcess(settings, folder / "service.log", flags=("--http",))
        )
        prometheus = stack.enter_context(Prometheus(folder, service.port))
        _work(servers, f"http://127.0.0.1:{port}")
        yield prometheus


def _work(servers: str, http: str) -> None:
    """Frames and requests, good and bad, for as long as it takes to be scraped often."""
    plate, nothing = scene(), scene()
    paint_plate(plate, "京A1港", at=(60, 120))
    pictures = (encode(plate, ".png"), encode(nothing, ".png"), b"no picture")
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 0})
    end = time.monotonic() + _RUN_S
    with Console(stderr=True).status("A service at work, scraped every second …"):
        while time.monotonic() < end:
            for number, picture in enumerate(pictures):
                producer.produce("frames", picture, f"camera-{number}".encode())
                body = {"image": base64.b64encode(picture).decode()}
                httpx.post(f"{http}/v2/p1/ocr/license-plate", json=body, trust_env=False)
            producer.flush(10)
            time.sleep(0.2)


def main() -> int:
    """Ask, and print what came."""
    table = Table("query", "series", "remark")
    failed = 0
    with tempfile.TemporaryDirectory() as folder, scraped_service(Path(folder)) as prometheus:
        queries = [*panel_queries(), *alert_queries()]
        for query in queries:
            try:
                found = str(len(prometheus.ask(query.expression)))
            except ValueError as refused:
                found = f"refused: {refused}"
            good = found.isdecimal() and (found != "0" or bool(query.empty))
            failed += not good
            remark = query.empty if found == "0" and good else "" if good else "[red]nothing[/]"
            table.add_row(query.place, found, remark)
    console = Console()
    console.print(table)
    console.print(f"{len(queries) - failed} of {len(queries)} queries answered as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
