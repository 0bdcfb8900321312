"""The Dockerfile lints, and its stages are what the documents and the chart take them for."""

import ast
import json
import re
import shlex
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from platestream.config import load_settings
from tests.deploy.chart import BASE, ROOT, default_values, pod_spec
from tests.deploy.dockerfile import PATH, stages

HADOLINT = Path(sys.executable).with_name("hadolint")
FINAL = ["cpu", "gpu", "passages"]
SERVICE = ["cpu", "gpu"]


def _hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HADOLINT, "--no-color", path], capture_output=True, text=True, check=False, timeout=60
    )


def test_hadolint_has_nothing_to_say() -> None:
    done = _hadolint(PATH)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_hadolint_sees_a_mistake(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python\nRUN cd /tmp && sudo pip install x\n", "utf-8")

    assert _hadolint(bad).returncode != 0


def test_cpu_is_the_default_target() -> None:
    assert list(stages())[-1] == "cpu"
    assert set(FINAL) <= stages().keys()


def test_every_base_is_pinned() -> None:
    found = stages()
    for stage in found.values():
        if stage.base not in found:
            assert re.fullmatch(r"[\w./-]+:\d+\.[\w.-]+", stage.base), stage.base


@pytest.mark.parametrize("name", FINAL)
def test_final_images_run_the_service_as_nobody_special(name: str) -> None:
    stage = stages()[name]
    user = pod_spec(BASE)["securityContext"]

    assert stage.one("USER") == f"{user['runAsUser']}:{user['runAsGroup']}"
    assert json.loads(stage.one("ENTRYPOINT")) == ["platestream"]
    assert json.loads(stage.one("CMD")) == ["passages" if name == "passages" else "run"]
    assert "PYTHONUNBUFFERED=1" in stage.one("ENV")
    assert "HOME=/tmp" in stage.one("ENV"), "the only writable folder"
    last_run = max(i for i, (what, _) in enumerate(stage.instructions) if what == "RUN")
    assert ("USER", stage.one("USER")) in stage.instructions[last_run + 1 :]


@pytest.mark.parametrize("name", FINAL)
def test_final_images_hold_no_build_tools(name: str) -> None:
    stage = stages()[name]

    assert not any("pip" in run or "build" in run for run in stage.all("RUN"))
    assert [shlex.split(copy)[0] for copy in stage.all("COPY")] == [f"--from={name}-environment"]
    environment = " ".join(stages()[f"{name}-environment"].all("RUN"))
    if name == "passages":
        assert '"${wheel}[passages]"' in environment
    else:
        assert f'"${{wheel}}[{name},${{EXTRAS}}]"' in environment
        assert "EXTRAS=objectstore,tracing" in stages()[f"{name}-environment"].all("ARG")
    assert "pip uninstall --yes pip" in environment


@pytest.mark.parametrize("name", FINAL)
def test_environment_and_image_have_the_same_python(name: str) -> None:
    """A virtual environment points at the interpreter that made it."""
    image, environment = stages()[name], stages()[f"{name}-environment"]

    if name != "gpu":
        assert image.base == environment.base
    else:
        python = re.compile(r"install .*\b(python3\.\d+)\b")
        (ours,), (theirs,) = (
            {match for run in stage.all("RUN") for match in python.findall(run)}
            for stage in (image, environment)
        )
        assert ours == theirs
        assert environment.base.removeprefix("ubuntu:") in image.base.replace("ubuntu", "")


@pytest.mark.parametrize("name", FINAL)
def test_labels(name: str) -> None:
    labels = stages()[name].one("LABEL")

    for key in ("title", "description", "licenses", "version", "revision", "created"):
        assert f"org.opencontainers.image.{key}=" in labels
    for argument in ("VERSION", "REVISION", "CREATED", "SOURCE", "URL"):
        assert f'org.opencontainers.image.{argument.lower()}="${{{argument}}}"' in labels
        assert any(item.startswith(f"{argument}=") for item in stages()[name].all("ARG"))
    base = re.search(r'image\.base\.name="docker\.io/(?:library/)?([^"]+)"', labels)
    assert base is not None
    assert base[1] == stages()[name].base
    assert 'licenses="Apache-2.0"' in labels


def test_only_patches_of_the_gpu_runtime_are_let_in() -> None:
    """Its minor releases may move to another CUDA, and the base image would stay behind."""
    argument, _ = stages()["gpu-environment"].all("ARG")
    allowed = SpecifierSet(argument.partition("=")[2].strip('"'))

    assert "1.31.9" in allowed
    assert "1.32.0" not in allowed


def test_ports_agree() -> None:
    settings, values = load_settings(None, {}), default_values()

    assert values["telemetry"]["port"] == settings.telemetry.port
    assert values["web"]["port"] == settings.web.port
    for name in SERVICE:
        exposed = stages()[name].one("EXPOSE")
        assert exposed == f"{settings.telemetry.port} {settings.web.port}"
    assert stages()["passages"].one("EXPOSE") == str(settings.telemetry.port)


def test_health_checks_are_the_same() -> None:
    """But for the time that a start may take."""
    checks = {stages()[name].one("HEALTHCHECK").partition("CMD ")[2] for name in FINAL}

    assert len(checks) == 1


def test_the_state_of_passages_lies_where_it_can_be_written() -> None:
    assert "PLATESTREAM_ENGINE__STATE_DIR=/tmp/state" in stages()["passages"].one("ENV")


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_health_check_asks_the_service(status: int, healthy: bool) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    command = ast.literal_eval(stages()["cpu"].one("HEALTHCHECK").partition("CMD ")[2])
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [sys.executable, *command[1:]],
            env={"PLATESTREAM_TELEMETRY__PORT": str(server.server_port)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        server.shutdown()

    assert command[0] == "python"
    assert (done.returncode == 0) is healthy
    assert asked == ["/healthz"]


def test_the_build_sees_what_it_copies() -> None:
    """.dockerignore lets in what COPY names; nothing else that is big or private."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = {
        source
        for stage in stages().values()
        for copy in stage.all("COPY")
        if "--from" not in copy
        for source in shlex.split(copy)[:-1]
    }

    assert rules[0] == "*"
    assert copied == let_in
    for source in copied:
        assert (ROOT / source).exists()
