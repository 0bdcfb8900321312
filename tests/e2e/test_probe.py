"""`platestream probe` against a real Kafka and the real command, with the packaged models."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, cli
from tests.clusters.topics import create_topics
from tests.e2e.service import ServiceProcess, topic_settings

__all__ = ["cli"]

PICTURES = Path(__file__).parents[2] / "service" / "platestream" / "cli" / "demo_pictures"


@pytest.fixture(scope="module")
def flags(kafka_servers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The settings of a running service, as its probe is given them."""
    prefix = f"t{uuid.uuid4().hex[:8]}"
    settings = topic_settings(kafka_servers, prefix) | {
        "kafka.topics.results": f"{prefix}.results",
        "pictures.max_side": 2000,
    }
    with ServiceProcess(settings, tmp_path_factory.mktemp("service") / "log"):
        yield _assigned(settings)


def _assigned(settings: dict[str, object]) -> list[str]:
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


def test_a_frame_comes_back_as_a_plate(cli: Cli, flags: list[str]) -> None:
    ran = cli("probe", *flags, "--json")

    told = json.loads(ran.out)
    assert (ran.code, told["read"], told["plates"], told["error_code"]) == (0, True, 1, None)
    assert told["frame_id"].startswith("probe-")
    assert told["seconds"] > 0
    assert "京" not in ran.out + ran.err


def test_a_frame_without_a_plate_is_told(cli: Cli, flags: list[str]) -> None:
    ran = cli("probe", *flags, "--picture", PICTURES / "scene-05.jpg")

    assert ran.code == 1
    assert "no plate found" in ran.out


def test_a_frame_that_fails_is_told(cli: Cli, flags: list[str], tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes((PICTURES / "scene-09.jpg").read_bytes()[:20_000])

    ran = cli("probe", *flags, "--picture", tmp_path / "cut.jpg")

    assert ran.code == 1
    assert "AIS.0104" in ran.out


def test_without_a_replica_nothing_comes(cli: Cli, kafka_servers: str) -> None:
    settings = topic_settings(kafka_servers, f"t{uuid.uuid4().hex[:8]}")
    _create(kafka_servers, settings)

    ran = cli("probe", *_assigned(settings), "--timeout", "2")

    assert ran.code == 1
    assert f"does a replica read that topic as group {settings['kafka.group_id']}" in " ".join(
        ran.out.split()
    )


def test_without_topics_or_brokers_it_cannot_go_on(cli: Cli, kafka_servers: str) -> None:
    settings = topic_settings(kafka_servers, f"t{uuid.uuid4().hex[:8]}")
    missing = cli("probe", *_assigned(settings), "--timeout", "10")
    away = cli("probe", "--bootstrap-servers", "127.0.0.1:1", "--timeout", "1")

    assert (missing.code, away.code) == (3, 3)
    assert f"missing topics, or not visible to this user: {settings['kafka.topics.frames']}" in (
        missing.err
    )
    assert "127.0.0.1:1" in away.err


def test_a_picture_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    assert cli("probe", "--picture", tmp_path / "none.jpg").code == 2


def _create(servers: str, settings: dict[str, object]) -> None:
    from confluent_kafka.admin import AdminClient

    names = tuple(str(value) for key, value in settings.items() if ".topics." in key)
    create_topics(AdminClient({"bootstrap.servers": servers}), names, 1)
