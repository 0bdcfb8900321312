"""The commands for Docker, where Java and Maven are missing, with a stand-in for its client."""

import os
import shlex
import sys
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from tests.clusters.java import IMAGE, find_java
from tests.clusters.kafka import KafkaCluster
from tests.clusters.registry import RegistryServer
from tests.clusters.requirement import UnavailableError, real, skip_or_fail

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

# Notes what it is told, and runs the command of a container on the machine, under the container's
# environment and in its working directory; its process is then the container's.
_STAND_IN = """#!{python}
import os, pathlib, signal, sys
here = pathlib.Path(__file__).parent
verb, *rest = sys.argv[1:]
with open(here / "told", "a") as told:
    print(verb, *rest, sep="\\t", file=told)
if verb == "run":
    at = rest.index({image!r})
    options, command = rest[:at], rest[at + 1:]
    given = list(zip(options, options[1:]))
    (here / dict(given)["--name"]).write_text(str(os.getpid()))
    os.chdir(dict(given)["--workdir"])
    os.environ.update(value.split("=", 1) for key, value in given if key == "--env")
    os.environ["PATH"] = {path!r}
    os.execvp(command[0], command)
elif verb == "kill":
    number = signal.Signals[rest[rest.index("--signal") + 1]]
    os.kill(int((here / rest[-1]).read_text()), number)
elif verb != "info":
    sys.exit(125)
"""


class StandIn:
    """A ``docker`` that is alone on the PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        docker = folder / "docker"
        docker.write_text(
            _STAND_IN.format(python=sys.executable, image=IMAGE, path=os.environ["PATH"])
        )
        docker.chmod(0o755)

    def told(self, verb: str) -> list[list[str]]:
        lines = (self._folder / "told").read_text().splitlines()
        return [words[1:] for words in (line.split("\t") for line in lines) if words[0] == verb]

    def pid(self, name: str) -> int:
        return int((self._folder / name).read_text())


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    try:
        here = find_java()
    except UnavailableError as missing:
        skip_or_fail(f"the stand-in needs them: {missing}")
    if here.docker is not None:
        skip_or_fail("the stand-in needs java and mvn of this machine")
    folder = tmp_path / "bin"
    folder.mkdir()
    stand_in = StandIn(folder)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = find_java().cache
    cache.mkdir(parents=True)
    # What this machine has fetched is not fetched again.
    (cache / ".m2").symlink_to(Path.home() / ".m2")
    return stand_in


def named(arguments: list[str]) -> str:
    return arguments[arguments.index("--name") + 1]


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_broker_in_a_container_is_killed_and_started_on_its_data(docker: StandIn) -> None:
    with real("Kafka"), KafkaCluster(1) as cluster:
        (broker,) = cluster.brokers
        cluster.create_topics(["kept"], 1)
        cluster.kill(broker)
        cluster.start(broker)
        cluster.wait_ready()
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
        assert "kept" in admin.list_topics(timeout=30).topics
        folder = str(broker.folder)
        cluster.stop(broker)
    servers = [run for run in docker.told("run") if "kafka.Kafka" in run]
    first, second = (named(run) for run in servers)
    assert docker.told("kill")[0] == ["--signal", "SIGKILL", first]
    assert docker.told("kill")[1] == ["--signal", "SIGTERM", second]
    assert not any(running(docker.pid(name)) for name in (first, second))
    text = shlex.join(servers[0])
    assert "--rm" in text
    assert "--network host" in text
    assert f"--user {os.getuid()}:{os.getgid()}" in text
    assert f"--volume {folder}:{folder}" in text


def test_a_registry_in_a_container_is_reached_and_killed(docker: StandIn) -> None:
    with real("schema registry"), RegistryServer():
        (server,) = (run for run in docker.told("run") if "-jar" in run)
    assert docker.told("kill") == [["--signal", "SIGKILL", named(server)]]
    assert not running(docker.pid(named(server)))


def test_without_an_engine_nothing_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="no docker"):
        find_java()
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    with pytest.raises(UnavailableError, match="no Docker engine"):
        find_java()
