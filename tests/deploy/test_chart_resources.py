"""What the container is given reaches the service; a failed start explains itself."""

import pytest

from tests.deploy.chart import (
    BASE,
    VARIANTS,
    Values,
    container,
    find,
    handed_down,
    merged,
    render,
    variant,
)

SASL: Values = {"kafka": {"sasl": {"enabled": True, "existingSecret": "kafka-user"}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (
            {"requests": {"cpu": "1500m"}, "limits": {"cpu": 4, "memory": "2Gi"}},
            {
                "PLATESTREAM_CPU_REQUEST": "1500",
                "PLATESTREAM_CPU_LIMIT": "4000",
                "PLATESTREAM_MEMORY_LIMIT": "2147483648",
            },
        ),
        ({"requests": {"cpu": 0.5}, "limits": None}, {"PLATESTREAM_CPU_REQUEST": "500"}),
        (
            {"requests": None, "limits": {"memory": "1G"}},
            {"PLATESTREAM_MEMORY_LIMIT": "1000000000"},
        ),
        ({"requests": {"cpu": 0}, "limits": {"cpu": "0", "memory": "0Gi"}}, {}),
        ({"requests": {"cpu": "0.0"}, "limits": None}, {}),
        (None, {}),
    ],
    ids=["all", "request", "limit", "zero", "zero with a point", "none"],
)
def test_what_is_set_is_handed_down(resources: Values | None, expected: dict[str, str]) -> None:
    """And nothing else: of a limit that is not set, the kubelet hands down what the node has."""
    assert handed_down(merged(BASE, {"resources": resources})) == expected


@pytest.mark.parametrize("name", VARIANTS)
def test_the_kubelet_finds_every_resource(name: str) -> None:
    resources = container(variant(name)).get("resources", {})
    handed = handed_down(variant(name))

    assert ("PLATESTREAM_CPU_REQUEST" in handed) == ("cpu" in resources.get("requests", {}))
    assert ("PLATESTREAM_CPU_LIMIT" in handed) == ("cpu" in resources.get("limits", {}))
    assert ("PLATESTREAM_MEMORY_LIMIT" in handed) == ("memory" in resources.get("limits", {}))


def test_no_variable_stands_twice() -> None:
    own = {"name": "PLATESTREAM_KAFKA__SECURITY__SASL_USERNAME", "value": "reader"}
    limit = {"name": "PLATESTREAM_CPU_REQUEST", "value": "250"}
    env = container(merged(BASE, SASL, {"extraEnv": [own, limit]}))["env"]

    assert len({item["name"] for item in env}) == len(env) == 3
    assert own in env, "the user's own wins"
    assert limit in env


def test_a_failed_start_shows_its_last_words() -> None:
    hooks = [pod["spec"]["containers"][0] for pod in find(render(BASE), "Pod")]

    assert len(hooks) == 2
    for found in (container(BASE), *hooks):
        assert found["terminationMessagePolicy"] == "FallbackToLogsOnError"
