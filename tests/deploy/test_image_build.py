"""The steps of the image build, repeated outside Docker: wheel, installation, command."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.chart import ROOT, container, service_config, variant
from tests.deploy.chart import render as render_chart
from tests.deploy.dockerfile import stages

pytestmark = pytest.mark.slow

SERVICE = ROOT / "service" / "platestream"


def _run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from only what the Dockerfile copies into its stage."""
    source, out = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("wheels")
    for copy in stages()["wheel"].all("COPY"):
        for name in copy.split()[:-1]:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
                shutil.copytree(ROOT / name, source / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, source)
    # Without isolation the build takes hatchling from here: no network needed.
    build = ("-m", "pip", "wheel", "--disable-pip-version-check", "--no-deps")
    _run(sys.executable, *build, "--no-build-isolation", "--wheel-dir", out, ".", cwd=source)
    (built,) = out.glob("platestream-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The wheel by itself in a folder; one of pure Python is installed by unpacking it."""
    assert wheel.name.endswith("-py3-none-any.whl")
    target = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    yield target
    shutil.rmtree(target)


def test_wheel_holds_the_schemas(wheel: Path) -> None:
    schemas = [path.relative_to(ROOT) for path in ROOT.glob("schemas/**/*") if path.is_file()]
    names = _names(wheel)

    assert Path("schemas/FrameEvent.avsc") in schemas
    assert {f"platestream/contract/{path.as_posix()}" for path in schemas} <= names
    assert "platestream/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_holds_the_models(wheel: Path) -> None:
    models = [path.relative_to(SERVICE) for path in SERVICE.glob("vision/bundles/**/*.onnx")]

    assert models, "the source tree has no model bundle"
    assert {f"platestream/{path.as_posix()}" for path in models} <= _names(wheel)


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """The live page's files, the demo's pictures and templates among them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", SERVICE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    files = {
        f"platestream/{(ROOT / name).relative_to(SERVICE)}" for name in listed.split("\0")[:-1]
    }

    assert "platestream/web/live/static/index.html" in files
    assert files <= _names(wheel)


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in _names(wheel)}

    assert {top.split("-")[0] for top in tops} == {"platestream"}


def test_installed_models_load(installed: Path) -> None:
    script = (
        "from platestream.vision.models.bundle import ModelBundle; print(ModelBundle.load().path)"
    )

    found = _run(sys.executable, "-c", script, cwd=installed, PYTHONPATH=str(installed))

    assert Path(found.strip()).is_relative_to(installed)


def test_installed_package_is_the_one_that_runs(installed: Path) -> None:
    script = "import platestream.contract as c, platestream; print(platestream.__file__)"

    found = _run(sys.executable, "-c", script, cwd=installed, PYTHONPATH=str(installed))

    assert Path(found.strip()).is_relative_to(installed)


def test_container_accepts_what_the_chart_gives_it(installed: Path, tmp_path: Path) -> None:
    """The container's own command line, on the installed wheel, with the chart's file.

    Both interfaces at once: `test_chart_config` has the files of all variants.
    """
    name = "web"
    path = tmp_path / "config.yaml"
    config = service_config(render_chart(variant(name)))
    if "credentials" in config.get("web", {}):  # comes from a Secret that is mounted in the pod
        secret = tmp_path / "credentials.yaml"
        secret.write_text("projects: {}\n", "utf-8")
        config["web"]["credentials"] = str(secret)
    path.write_text(yaml.safe_dump(config), "utf-8")
    arguments = [
        str(path) if item == "/etc/platestream/config.yaml" else item
        for item in container(variant(name))["args"]
    ]
    main = "import sys; from platestream.cli.app import main; sys.exit(main())"

    command = [sys.executable, "-c", main, *arguments, "--check-config"]

    _run(*command, cwd=tmp_path, PYTHONPATH=str(installed))


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())
