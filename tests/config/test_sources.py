from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from platestream.config import ConfigError, load_settings, redacted
from platestream.config.redaction import HIDDEN


def load(
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    file: Path | None = None,
) -> Any:
    return load_settings(file, env or {}, overrides)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("kafka:\n  group_id: from-file\n  client_id: from-file\n  consumer: {a.b: 1}\n")
    return path


def test_nothing_given_means_the_defaults() -> None:
    assert load().kafka.group_id == "platestream"


def test_flags_win_over_environment_over_file(file: Path) -> None:
    env = {"PLATESTREAM_KAFKA__GROUP_ID": "from-env", "PLATESTREAM_KAFKA__CLIENT_ID": "from-env"}
    settings = load(env, {"kafka.group_id": "from-flag"}, file)
    assert (settings.kafka.group_id, settings.kafka.client_id) == ("from-flag", "from-env")
    assert load(file=file).kafka.group_id == "from-file"


def test_the_environment_may_name_the_file(file: Path) -> None:
    assert load({"PLATESTREAM_CONFIG": str(file)}).kafka.group_id == "from-file"


def test_librdkafka_names_pass_through_from_every_source(file: Path) -> None:
    env = {"PLATESTREAM_KAFKA__CONSUMER": '{"fetch.max.bytes": 7}'}
    settings = load(env, {"kafka.consumer.check.crcs": True}, file)
    assert settings.kafka.consumer == {"a.b": 1, "fetch.max.bytes": 7, "check.crcs": True}


@pytest.mark.parametrize(
    ("env", "overrides", "text", "problem"),
    [
        ({"PLATESTREAM_KAFKA__GRUOP_ID": "a"}, {}, "", "PLATESTREAM_KAFKA__GRUOP_ID"),
        ({"PLATESTREAM_KAFKA_GROUP_ID": "a"}, {}, "", "PLATESTREAM_KAFKA_GROUP_ID"),
        ({"PLATESTREAM_KAFAK__GROUP_ID": "a"}, {}, "", "PLATESTREAM_KAFAK__GROUP_ID"),
        ({"PLATESTREAM_KAFKA__CONSUMER": "{"}, {}, "", "JSON"),
        ({"PLATESTREAM_KAFKA__GROUP_ID__X": "a"}, {}, "", "PLATESTREAM_KAFKA__GROUP_ID__X"),
        ({"PLATESTREAM_KAFKA__CONSUMER__A__B": "1"}, {}, "", "PLATESTREAM_KAFKA__CONSUMER__A__B"),
        ({"PLATESTREAM_TELEMETRY__PORT": "many"}, {}, "", "telemetry.port"),
        ({}, {"kafka.gruop_id": "a"}, "", "kafka.gruop_id"),
        ({}, {"nonsense": 1}, "", "nonsense"),
        ({}, {}, "kafka: {gruop_id: a}", "kafka.gruop_id"),
        ({}, {}, "[1, 2]", "mapping"),
        ({}, {}, "a: [", "not YAML"),
        ({}, {}, "kafka: {group_id: a}\nweb: {}\nkafka: {}", "line 3 gives kafka a second time"),
        ({}, {}, "kafka: {group_id: a, group_id: b}", "gives group_id a second time"),
        ({}, {}, "stream: {batch_max_frames: 0}", "stream.batch_max_frames"),
        ({}, {}, "stream: {batch_max_frames: .nan}", "stream.batch_max_frames"),
    ],
)
def test_what_is_not_a_setting_is_refused(
    tmp_path: Path, env: dict[str, str], overrides: dict[str, Any], text: str, problem: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(env, overrides, path)
    assert any(problem in line for line in refused.value.problems)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        load({"PLATESTREAM_NO__SUCH": "1"}, {"kafka.nope": 1, "telemetry.port": -1})
    told = "\n".join(refused.value.problems)
    assert all(name in told for name in ("PLATESTREAM_NO__SUCH", "kafka.nope", "telemetry.port"))


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        load(file=tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    "variable",
    [
        "PLATESTREAM_SERVICE_HOST",
        "PLATESTREAM_SERVICE_PORT_METRICS",
        "PLATESTREAM_PORT_9108_TCP_ADDR",
        "PLATESTREAM_PORT",
        "PLATESTREAM_KAFKA_SERVICE_HOST",
        "PLATESTREAM_KAFKA_SERVICE_PORT",
        "PLATESTREAM_KAFKA_SERVICE_PORT_CLIENTS",
        "PLATESTREAM_KAFKA_PORT",
        "PLATESTREAM_KAFKA_PORT_9092_TCP",
        "PLATESTREAM_KAFKA_PORT_9092_TCP_ADDR",
        "PLATESTREAM_KAFKA_0_EXTERNAL_PORT_9092_TCP_PROTO",
        "PLATESTREAM_HTTP_SERVICE_HOST",
        "PLATESTREAM_TEST_KAFKA",
        "PLATESTREAM_DATA",
    ],
)
def test_variables_that_others_set_are_left_alone(variable: str) -> None:
    assert load({variable: "tcp://10.0.0.1:9108"}) == load()


def test_a_port_that_is_no_link_is_a_typing_error() -> None:
    with pytest.raises(ConfigError, match="PLATESTREAM_WEB_PORT: there is no such setting"):
        load({"PLATESTREAM_WEB_PORT": "8080"})


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("cn,tw", ("cn", "tw")),
        (" cn , tw ,", ("cn", "tw")),
        ("cn", ("cn",)),
        ('["cn", "tw"]', ("cn", "tw")),
    ],
)
def test_a_list_is_given_with_commas_or_as_json(text: str, regions: tuple[str, ...]) -> None:
    assert load({"PLATESTREAM_VISION__REGIONS": text}).vision.regions == regions
    ports = load({"PLATESTREAM_FETCH__ALLOW_PORTS": "443,8443"}).fetch.allow_ports
    assert ports == (443, 8443)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PLATESTREAM_VISION__REGIONS", '["cn", '),
        ("PLATESTREAM_FETCH__STORES", "one,two"),
        ("PLATESTREAM_KAFKA__CONSUMER", '["a"]'),
        ("PLATESTREAM_KAFKA", "kafka:9092"),
    ],
)
def test_a_value_of_another_form_names_its_variable(variable: str, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({variable: text})
    assert refused.value.problems[0].startswith(f"environment {variable}: it must hold ")


def test_a_section_as_json_is_the_ground_for_its_settings() -> None:
    env = {
        "PLATESTREAM_KAFKA__GROUP_ID": "mine",
        "PLATESTREAM_KAFKA": '{"group_id": "all", "client_id": "all"}',
        "PLATESTREAM_KAFKA__CONSUMER__FETCH": "7",
    }
    kafka = load(env).kafka
    assert (kafka.group_id, kafka.client_id) == ("mine", "all")
    assert kafka.consumer == {"fetch": 7}


def test_settings_are_frozen() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.kafka = None


def test_secrets_are_hidden_when_settings_are_printed() -> None:
    overrides = {
        "kafka.consumer.sasl.oauthbearer.client.secret": "hush",
        "kafka.security.sasl_password_file": "/run/secrets/password",
        "kafka.security.protocol": "SASL_SSL",
    }
    shown = redacted(load(overrides=overrides))
    assert shown["kafka"]["consumer"]["sasl.oauthbearer.client.secret"] == HIDDEN
    assert shown["kafka"]["security"]["sasl_password_file"] == "/run/secrets/password"
    assert "hush" not in str(shown)
