"""Secrets come from Secrets: none stands in a value, the ConfigMap or the pod."""

import re
from typing import Any

import helm_python
import pytest

from tests.deploy.chart import (
    BASE,
    VARIANTS,
    Values,
    find,
    merged,
    pod_spec,
    render,
    validate_values,
    variant,
)

# Settings that the schema knows by no name: those that pass through.
SECRETS_IN_CONFIG: list[dict[str, Any]] = [
    {"kafka": {"consumer": {"sasl.password": "hunter2"}}},
    {"kafka": {"consumer": {"sasl.oauthbearer.client.secret": "hunter2"}}},
    {"kafka": {"producer": {"ssl.key.pem": "hunter2"}}},
    {"vision": {"provider_options": {"cloud": {"Token": "hunter2"}}}},
]

OPEN_SECRETS: list[tuple[Values, str]] = [
    (
        {"extraEnv": [{"name": "PLATESTREAM_KAFKA__CONSUMER__SASL_PASSWORD", "value": "hunter2"}]},
        "extraEnv: PLATESTREAM_KAFKA__CONSUMER__SASL_PASSWORD gives",
    ),
    (
        {
            "extraEnv": [
                {"name": "PLATESTREAM_KAFKA__CONSUMER", "value": '{"sasl.password": "hunter2"}'}
            ]
        },
        "extraEnv: PLATESTREAM_KAFKA__CONSUMER gives sasl.password",
    ),
    (
        {"extraEnv": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "hunter2"}]},
        "AWS_SECRET_ACCESS_KEY",
    ),
    ({"extraEnv": [{"name": "VAULT_TOKEN", "value": "hunter2"}]}, "VAULT_TOKEN"),
    (
        {"extraArgs": ["--set", "kafka.consumer.sasl.password=hunter2"]},
        "extraArgs gives kafka.consumer.sasl.password",
    ),
    (
        {"args": ["run", "--set=kafka.producer.ssl.key.pem=hunter2"]},
        "args gives kafka.producer.ssl.key.pem",
    ),
]

NO_SECRETS: list[Values] = [
    {
        "extraEnv": [
            {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
        ]
    },
    {"extraEnv": [{"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"}]},
    {"extraEnv": [{"name": "DB_PASSWORD", "value": "$(OTHER)"}]},
    {"extraEnv": [{"name": "TOKENIZERS_PARALLELISM", "value": "false"}]},
    {"extraEnv": [{"name": "DB_PASSWORD", "value": ""}]},
    {"extraArgs": ["--set", "kafka.security.sasl_password_file=/run/x"]},
]


@pytest.mark.parametrize("config", SECRETS_IN_CONFIG, ids=str)
def test_secrets_are_kept_out_of_the_configmap(config: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmRenderError, match="looks like a secret") as caught:
        render(merged(BASE, {"config": config}))
    assert "hunter2" not in str(caught.value)


def test_the_path_of_a_secret_is_no_secret() -> None:
    render(merged(BASE, {"config": {"kafka": {"security": {"sasl_password_file": "/run/x"}}}}))


@pytest.mark.parametrize("name", ["sasl_password", "ssl_key_password"])
def test_secrets_have_no_setting(name: str) -> None:
    """A password's own setting is the path of its file, so the schema refuses any other by name."""
    with pytest.raises(helm_python.HelmValuesError, match=f"'{name}' not allowed") as caught:
        validate_values(merged(BASE, {"config": {"kafka": {"security": {name: "hunter2"}}}}))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("values", "message"), OPEN_SECRETS, ids=lambda item: str(item)[:60])
def test_secrets_are_kept_out_of_the_pod(values: Values, message: str) -> None:
    with pytest.raises(helm_python.HelmRenderError, match="as a plain value") as caught:
        render(merged(BASE, values))
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("values", NO_SECRETS, ids=str)
def test_what_is_no_secret_may_be_a_value(values: Values) -> None:
    render(merged(BASE, values))


def test_secrets_are_not_for_everybody() -> None:
    for name in ("sasl", "mtls", "registry", "web"):
        secrets = [
            item["secret"] for item in pod_spec(variant(name))["volumes"] if "secret" in item
        ]
        assert secrets
        assert {secret["defaultMode"] for secret in secrets} == {0o440}
        assert pod_spec(variant(name))["securityContext"]["fsGroup"] == 10001


@pytest.mark.parametrize("name", VARIANTS)
def test_configmap_holds_no_secret(name: str) -> None:
    for item in find(render(variant(name)), "ConfigMap"):
        for text in item.get("data", {}).values():
            for line in text.splitlines():
                if re.search("password|secret|token", line, re.IGNORECASE):
                    assert re.fullmatch(r"\s*\w+_file: /etc/\S+", line), line
