"""Renders the chart with the Helm library and finds objects in what comes out."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any, Final

import helm_python
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
CHART: Final = ROOT / "deploy" / "helm" / "platestream"
VARIANTS: Final = sorted(path.name.removesuffix("-values.yaml") for path in CHART.glob("ci/*.yaml"))
RELEASE: Final = "eu"
NAMESPACE: Final = "plates-ns"

Manifest = dict[str, Any]
Values = dict[str, Any]

# The least that the chart accepts.
BASE: Final[Values] = {"kafka": {"bootstrapServers": "kafka:9092"}}


class _StrictLoader(yaml.CSafeLoader):
    """Refuses a key that stands twice, as the API server does and PyYAML does not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if len(keys) > len(set(keys)):
            raise yaml.constructor.ConstructorError(
                "a mapping",
                node.start_mark,
                f"has keys twice: {sorted({key for key in keys if keys.count(key) > 1})}",
            )
        return super().construct_mapping(node, deep)


def variant(name: str) -> Values:
    """The values of ``ci/<name>-values.yaml``."""
    return _values(f"ci/{name}-values.yaml")


def default_values() -> Values:
    """The chart's own values."""
    return _values("values.yaml")


def _values(path: str) -> Values:
    loaded: Values = json.loads(_values_as_json(path))
    return loaded


@cache
def _values_as_json(path: str) -> str:
    text = (CHART / path).read_text("utf-8")
    return json.dumps(yaml.load(text, Loader=_StrictLoader))  # noqa: S506 - a safe loader


def merged(*layers: Mapping[str, Any]) -> Values:
    """The layers, later ones over earlier ones, mappings key by key."""
    result: Values = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
                result[key] = merged(result[key], value)
            else:
                result[key] = copy.deepcopy(value)
    return result


@cache
def _chart() -> helm_python.Chart:
    return helm_python.Chart.load(CHART)


def render_texts(values: Values) -> dict[str, str]:
    """What every template renders to, by file name below ``templates``."""
    return dict(_rendered(json.dumps(values, sort_keys=True)))


@cache
def _rendered(values: str) -> dict[str, str]:
    rendered = _chart().render(json.loads(values), name=RELEASE, namespace=NAMESPACE)
    return {path.split("/templates/", 1)[1]: text for path, text in rendered.items()}


def validate_values(values: Values) -> None:
    """Check the values against the chart's schema; raises ``helm_python.HelmValuesError``."""
    _chart().validate_schema(values)


def render(values: Values) -> list[Manifest]:
    """All objects of a release with these values; the caller may change them."""
    objects: list[Manifest] = json.loads(_objects_as_json(json.dumps(values, sort_keys=True)))
    return objects


@cache
def _objects_as_json(values: str) -> str:
    return json.dumps(list(_objects(_rendered(values))))


def _objects(texts: Mapping[str, str]) -> Iterator[Manifest]:
    for path, text in texts.items():
        if path == "NOTES.txt":
            continue
        for document in yaml.load_all(text, Loader=_StrictLoader):
            if document is not None:
                assert isinstance(document, dict), f"{path} renders to no object"
                yield document


def find(objects: list[Manifest], kind: str) -> list[Manifest]:
    """The objects of a kind."""
    return [item for item in objects if item["kind"] == kind]


def one(objects: list[Manifest], kind: str) -> Manifest:
    """The only object of a kind."""
    found = find(objects, kind)
    assert len(found) == 1, f"{len(found)} objects of kind {kind}"
    return found[0]


def workload_of(objects: list[Manifest]) -> Manifest:
    """The only Deployment or StatefulSet."""
    (found,) = [*find(objects, "Deployment"), *find(objects, "StatefulSet")]
    return found


def hook_pod(objects: list[Manifest], name: str = "test") -> Manifest:
    """A pod of `helm test`: the one that asks for health, or ``test-frame``."""
    (found,) = (pod for pod in find(objects, "Pod") if pod["metadata"]["name"].endswith(f"-{name}"))
    return found


def deployment(values: Values) -> Manifest:
    """The Deployment, or with static membership the StatefulSet, rendered with these values."""
    return workload_of(render(values))


def pod_spec(values: Values) -> Manifest:
    """The specification of its pods."""
    spec: Manifest = deployment(values)["spec"]["template"]["spec"]
    return spec


def container(values: Values) -> Manifest:
    """The container of the service."""
    found: Manifest = pod_spec(values)["containers"][0]
    assert found["name"] == "platestream"
    return found


def handed_down(values: Values) -> dict[str, str]:
    """What the kubelet makes of the container's ``resourceFieldRef`` variables."""
    found = container(values)
    references = {
        item["name"]: item["valueFrom"]["resourceFieldRef"]
        for item in found.get("env", [])
        if "resourceFieldRef" in item.get("valueFrom", {})
    }
    environment = {}
    for name, reference in references.items():
        assert reference["containerName"] == found["name"]
        kind, resource = reference["resource"].split(".")
        share = parse_quantity(found["resources"][kind][resource])
        environment[name] = str(ceil(share / parse_quantity(reference["divisor"])))
    return environment


_UNITS: Final = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
}


def parse_quantity(text: str | int) -> Decimal:
    """A Kubernetes quantity, such as ``1500m`` or ``2Gi``, as a number."""
    number = re.fullmatch(r"([0-9.]+)(\w*)", str(text))
    assert number is not None, text
    return Decimal(number[1]) * _UNITS[number[2]]


def service_config(objects: list[Manifest]) -> Manifest:
    """The configuration file of the service, parsed."""
    (text,) = (
        item["data"]["config.yaml"]
        for item in find(objects, "ConfigMap")
        if "config.yaml" in item.get("data", {})
    )
    parsed: Manifest = yaml.safe_load(text)
    return parsed
