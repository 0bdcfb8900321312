"""The passages application's Deployment: off by default; its image, settings, state and monitor."""

from typing import Any

import helm_python
import pytest

from platestream.config import load_settings
from platestream.engine.settings import EngineSettings
from tests.deploy import dockerfile
from tests.deploy.chart import (
    BASE,
    Manifest,
    Values,
    default_values,
    find,
    merged,
    render,
    service_config,
    variant,
)

ON: Values = {"passages": {"enabled": True}, "kafka": {"topics": {"results": "frames.results"}}}


def _deployment(*values: Values) -> Manifest:
    objects = render(merged(BASE, ON, *values))
    (found,) = (
        item
        for item in find(objects, "Deployment")
        if item["metadata"]["labels"]["app.kubernetes.io/component"] == "passages"
    )
    return found


def _container(*values: Values) -> Manifest:
    (container,) = _deployment(*values)["spec"]["template"]["spec"]["containers"]
    found: Manifest = container
    return found


def test_it_is_off_by_default() -> None:
    assert len(find(render(BASE), "Deployment")) == 1


def test_its_pods_are_no_readers() -> None:
    deployment = _deployment()
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert selector.items() <= labels.items()
    (reader,) = (
        item
        for item in find(render(merged(BASE, ON)), "Deployment")
        if item["metadata"]["name"] != deployment["metadata"]["name"]
    )
    readers = reader["spec"]["selector"]["matchLabels"]
    assert not readers.items() <= labels.items()
    assert deployment["metadata"]["labels"].items() >= selector.items()


def test_it_runs_the_image_of_its_own_target() -> None:
    container = _container({"image": {"registry": "r.example.org", "tag": "7"}})
    assert container["image"] == "r.example.org/platestream:7-passages"
    assert container["args"][0] == "passages"
    assert "passages" in dockerfile.stages()
    digest = "sha256:" + "a" * 64
    assert _container({"passages": {"imageDigest": digest}})["image"].endswith(f"@{digest}")


def test_its_settings_are_those_of_the_values() -> None:
    values = {"passages": {"groupId": "g", "topics": {"alerts": "alarms"}}}
    config = service_config(render(merged(BASE, ON, values)))
    settings = load_settings(None, {}, config)
    assert settings.engine.group_id == "g"
    assert settings.engine.topics.alerts == "alarms"
    assert settings.engine.topics.results == settings.kafka.topics.results == "frames.results"


def test_defaults_are_the_applications_own() -> None:
    values, engine = default_values()["passages"], EngineSettings()
    assert values["groupId"] == engine.group_id
    topics = engine.topics.model_dump()
    assert values["topics"].items() <= topics.items()


def test_state_lies_in_a_volume_that_is_bounded() -> None:
    pod = _deployment()["spec"]["template"]["spec"]
    container = _container()
    variables: dict[str, Any] = {each["name"]: each.get("value") for each in container["env"]}
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    name = mounts[variables["PLATESTREAM_ENGINE__STATE_DIR"]]
    (volume,) = (each for each in pod["volumes"] if each["name"] == name)
    assert volume["emptyDir"] == {"sizeLimit": "2Gi"}


def test_it_gets_in_as_the_service_does() -> None:
    secured = variant("sasl")
    reader = find(render(secured), "Deployment")[0]["spec"]["template"]["spec"]
    container = _container(secured)
    theirs = {each["mountPath"] for each in reader["containers"][0]["volumeMounts"]}
    assert {path for path in theirs if "kafka" in path} <= {
        each["mountPath"] for each in container["volumeMounts"]
    }


def test_it_is_scraped_where_the_service_is() -> None:
    objects = render(merged(BASE, ON, {"podMonitor": {"enabled": True}}))
    monitors = find(objects, "PodMonitor")
    assert len(monitors) == 2
    components = {
        each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] for each in monitors
    }
    assert components == {"reader", "passages"}


def test_without_results_it_is_refused() -> None:
    with pytest.raises(helm_python.HelmRenderError, match=r"kafka\.topics\.results"):
        render(merged(BASE, {"passages": {"enabled": True}}))
