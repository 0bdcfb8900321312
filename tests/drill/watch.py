"""A real Prometheus with the drill's rules, a real Alertmanager with the inhibitions."""

import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Self

import httpx
import yaml

from tests.clusters.process import LoggedProcess, free_port
from tests.deploy.chart import NAMESPACE, RELEASE, ROOT
from tests.drill.rules import rules

INHIBITIONS: Final = ROOT / "deploy" / "alertmanager" / "inhibit-rules.yaml"
_START_TIMEOUT_S: Final = 60.0


def missing() -> list[str]:
    """The programs that are not on the PATH."""
    return [name for name in ("prometheus", "prometheus-alertmanager") if not shutil.which(name)]


class Watch:
    """Scrapes replicas every second, for as long as the ``with`` block lasts.

    Args:
        folder: For configuration, data and logs.
        targets: Ports of the replicas' telemetry, by pod.
    """

    def __init__(self, folder: Path, targets: Mapping[str, int]) -> None:
        self._folder = folder
        ports = (free_port(), free_port(), free_port())
        files = self._write(targets, f"127.0.0.1:{ports[1]}")
        self._prometheus = _client(ports[0])
        self._alertmanager = _client(ports[1])
        self._processes = (
            LoggedProcess(
                ["prometheus", f"--config.file={files[0]}", f"--storage.tsdb.path={folder}/tsdb",
                 f"--web.listen-address=127.0.0.1:{ports[0]}", "--alertmanager.timeout=5s"],
                folder / "prometheus.log",
            ),
            LoggedProcess(
                ["prometheus-alertmanager", f"--config.file={files[1]}",
                 f"--storage.path={folder}/alerts", "--cluster.listen-address=",
                 f"--web.listen-address=127.0.0.1:{ports[1]}"],
                folder / "alertmanager.log",
            ),
        )  # fmt: skip

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not (_ready(self._prometheus) and _ready(self._alertmanager)):
            if time.monotonic() > deadline:
                words = "\n".join(process.last_words() for process in self._processes)
                raise TimeoutError(f"Prometheus or Alertmanager did not start:\n{words}")
            time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        self._prometheus.close()
        self._alertmanager.close()

    def firing(self) -> set[str]:
        """The names of the alerts that fire at this moment."""
        found = self._prometheus.get("/api/v1/alerts").json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in found if alert["state"] == "firing"}

    def told(self) -> set[str]:
        """The names of those that somebody is told of: the others are inhibited."""
        wanted = {"active": "true", "inhibited": "false", "silenced": "false"}
        found = self._alertmanager.get("/api/v2/alerts", params=wanted).json()
        return {alert["labels"]["alertname"] for alert in found}

    def value(self, expression: str) -> float:
        """The sum of what a query returns now."""
        answer = self._prometheus.get("/api/v1/query", params={"query": f"sum({expression})"})
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return sum(float(series["value"][1]) for series in found)

    def _write(self, targets: Mapping[str, int], alertmanager: str) -> tuple[Path, Path]:
        labels = {
            "namespace": NAMESPACE,
            "app_kubernetes_io_name": "platestream",
            "app_kubernetes_io_instance": RELEASE,
        }
        prometheus = {
            "global": {
                "scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s",
            },
            "rule_files": [_dumped(self._folder / "rules.yaml", {
                "groups": [{"name": "chart", "rules": rules()}],
            })],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [{
                "job_name": "platestream",
                "static_configs": [
                    {"targets": [f"127.0.0.1:{port}"], "labels": {**labels, "pod": pod}}
                    for pod, port in targets.items()
                ],
            }],
        }  # fmt: skip
        routing = {
            "route": {"receiver": "nobody"},
            "receivers": [{"name": "nobody"}],
            **yaml.safe_load(INHIBITIONS.read_text("utf-8")),
        }
        return (
            Path(_dumped(self._folder / "prometheus.yaml", prometheus)),
            Path(_dumped(self._folder / "alertmanager.yaml", routing)),
        )


def _dumped(path: Path, content: object) -> str:
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(path)


def _client(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10)


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").is_success
    except httpx.TransportError:
        return False


def shown(names: Iterable[str]) -> str:
    """Alerts without what all their names begin with."""
    return ", ".join(sorted(name.removeprefix("Platestream") for name in names)) or "-"
