"""The scripts of `make image-test`, as far as they go without building an image."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.chart import ROOT
from tests.deploy.dockerfile import stages

SCRIPTS = sorted((ROOT / "deploy" / "image").glob("*.sh"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_bash_can_read_the_script(path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None

    read = subprocess.run([bash, "-n", path], capture_output=True, text=True, check=False)

    assert (read.returncode, read.stderr) == (0, "")
    assert path.stat().st_mode & 0o111, "it can be run"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_explains_itself_from_any_folder(path: Path) -> None:
    told = subprocess.run(
        [f"./{path.name}", "--help"], cwd=path.parent, capture_output=True, text=True, check=False
    )

    assert told.returncode == 64
    assert f"deploy/image/{path.name} [TAG]" in told.stdout


def test_the_base_that_is_made_is_the_one_of_the_dockerfile() -> None:
    """By the expression that the script finds it with; the Python is in its name."""
    text = (ROOT / "deploy" / "image" / "build-offline.sh").read_text("utf-8")
    found = re.search(r"sed -n 's/(.+)/.1/p' Dockerfile", text)
    assert found is not None
    pattern = found[1].replace(r"\(", "(").replace(r"\)", ")")
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    (base,) = (match[1] for line in lines if (match := re.fullmatch(pattern, line)))

    assert base == stages()["cpu"].base
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", base)


def test_without_the_tools_it_says_what_is_missing(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make is not None

    done = subprocess.run(
        [make, "image-test"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert "skipped, there is no buildah debootstrap podman runc curl on the PATH" in done.stdout
