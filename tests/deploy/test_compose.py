"""The compose file: well-formed, at one with the service's settings and the versions under test.

No container is started: that needs a Docker engine.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from platestream import __version__
from platestream.bus.configuration.preflight import check_timeouts
from platestream.bus.configuration.settings import exactly_once
from platestream.config import load_settings
from platestream.telemetry.settings import TelemetrySettings
from tests.clusters.kafka import KAFKA_VERSION
from tests.clusters.registry import REGISTRY_VERSION
from tests.deploy import dockerfile

DEPLOY = Path(__file__).parents[2] / "deploy"
FILE = DEPLOY / "compose.yaml"
PROMETHEUS = DEPLOY / "compose" / "prometheus.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    PyCompose.from_yaml(FILE.read_text("utf-8"))  # refuses keys and values the format lacks
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))["services"]
    return loaded


def test_a_mistyped_key_would_be_refused() -> None:
    text = FILE.read_text("utf-8")
    with pytest.raises(ValueError, match="healthchek"):
        PyCompose.from_yaml(text.replace("healthcheck:", "healthchek:"))


def test_the_service_accepts_its_environment(services: dict[str, Any]) -> None:
    settings = load_settings(None, services["service"]["environment"])
    assert exactly_once(settings.kafka)
    check_timeouts(settings.kafka, settings.stream)
    host, port = settings.kafka.bootstrap_servers.split(":")
    listeners = services[host]["environment"]["KAFKA_LISTENERS"].split(",")
    assert f"INSIDE://:{port}" in listeners
    assert str(settings.registry.url).startswith("http://registry:8080/apis/ccompat/")
    grace = float(services["service"]["stop_grace_period"].removesuffix("s"))
    assert settings.kafka.drain_seconds + settings.kafka.close_seconds < grace


def test_passages_read_what_the_service_writes(services: dict[str, Any]) -> None:
    settings = load_settings(None, services["passages"]["environment"])
    service = load_settings(None, services["service"]["environment"])
    assert settings.kafka.bootstrap_servers == service.kafka.bootstrap_servers
    assert settings.registry.url == service.registry.url
    assert settings.engine.topics.results == service.kafka.topics.results
    assert services["passages"]["build"]["target"] in dockerfile.stages()
    assert services["passages"]["image"] == f"platestream:{__version__}-passages"
    assert services["passages"]["profiles"] == ["passages"]


def test_what_is_named_is_there(services: dict[str, Any]) -> None:
    volumes = yaml.safe_load(FILE.read_text("utf-8"))["volumes"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in volumes


def test_topics_lie_in_the_volume(services: dict[str, Any]) -> None:
    """The image's own file, which would say so, is replaced by the first KAFKA_ variable."""
    (mount,) = services["kafka"]["volumes"]
    volume, path = mount.split(":")

    assert services["kafka"]["environment"]["KAFKA_LOG_DIRS"] == path
    assert volume == "kafka-data"


def test_the_service_is_built_from_the_dockerfile(services: dict[str, Any]) -> None:
    build = services["service"]["build"]
    context = (DEPLOY / build["context"]).resolve()

    assert (context / "Dockerfile").samefile(dockerfile.PATH)
    assert build["target"] in dockerfile.stages()


def test_images_are_the_versions_under_test(services: dict[str, Any]) -> None:
    assert services["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"
    assert services["registry"]["image"] == f"apicurio/apicurio-registry:{REGISTRY_VERSION}"
    assert services["service"]["image"] == f"platestream:{__version__}"
    for service in services.values():
        assert service["image"].rpartition(":")[2] not in ("", "latest")


def test_no_port_is_open_to_the_network(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert len(ports) == len(services)
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_prometheus_scrapes_the_service(services: dict[str, Any]) -> None:
    (job,) = yaml.safe_load(PROMETHEUS.read_text("utf-8"))["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    host, port = target.split(":")
    assert host in services
    assert int(port) == TelemetrySettings().port
    (mount,) = [m for m in services["prometheus"]["volumes"] if m.startswith(".")]
    assert (DEPLOY / mount.split(":")[0]).samefile(PROMETHEUS)


def test_grafana_finds_prometheus(services: dict[str, Any]) -> None:
    file = DEPLOY / "compose" / "grafana-datasource.yaml"
    (source,) = yaml.safe_load(file.read_text("utf-8"))["datasources"]
    host, port = source["url"].removeprefix("http://").split(":")
    assert services[host]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_grafana_shows_the_dashboards(services: dict[str, Any]) -> None:
    mounts = dict(mount.split(":")[:2] for mount in services["grafana"]["volumes"])
    file = DEPLOY / "compose" / "grafana-dashboards.yaml"
    (provider,) = yaml.safe_load(file.read_text("utf-8"))["providers"]
    assert mounts["./compose/grafana-dashboards.yaml"].startswith(
        "/etc/grafana/provisioning/dashboards/"
    )
    assert mounts["./grafana"] == provider["options"]["path"]
    assert list((DEPLOY / "grafana").glob("*.json"))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool on the PATH")
def test_promtool_accepts_the_configuration() -> None:
    checked = subprocess.run(
        ["promtool", "check", "config", str(PROMETHEUS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
