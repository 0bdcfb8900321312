"""An earlier commit's build: its tree and an environment of its own, made once and kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_READY: Final = "ready"


@dataclass(frozen=True, slots=True)
class Build:
    """A build that can be measured: how it is called, and the interpreter that has it."""

    name: str
    python: Path


def present() -> Build:
    """The build of this checkout."""
    return Build(f"this build ({revision()})", Path(sys.executable))


def revision(name: str = "HEAD") -> str:
    """The short hash of a commit; ``unknown`` outside a repository."""
    try:
        return _git("rev-parse", "--short", f"{name}^{{commit}}")
    except (subprocess.CalledProcessError, FileNotFoundError):
        return "unknown"


def earlier(name: str, cache: Path) -> Build:
    """Return the build of a commit; the first time that takes a minute and the package index.

    Args:
        name: The commit, as git takes it.
        cache: Where builds are kept, one folder for each commit.

    Raises:
        RuntimeError: If there is no such commit, or it cannot be installed.
    """
    commit = revision(name)
    if commit == "unknown":
        raise RuntimeError(f"no commit {name!r} in this repository")
    folder = (cache / commit).resolve()
    python = folder / "venv" / "bin" / "python"
    if not (folder / _READY).exists():
        shutil.rmtree(folder, ignore_errors=True)
        tree = folder / "tree"
        tree.mkdir(parents=True)
        archive = subprocess.run(
            ["git", "-C", str(ROOT), "archive", commit],  # noqa: S607
            check=True,
            capture_output=True,
        ).stdout
        subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)  # noqa: S607
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([*pip, "--editable", f"{tree}[cpu]"], check=True)
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"{commit} cannot be installed") from error
        (folder / _READY).touch()
    return Build(commit, python)


def _git(*words: str) -> str:
    command = ["git", "-C", str(ROOT), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
