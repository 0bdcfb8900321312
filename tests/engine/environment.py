"""The environment of the application: one of its own, as its engine and the service exclude."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from tests.clusters.requirement import UnavailableError

_ROOT: Final = Path(__file__).parents[2]
_PYTHON: Final = _ROOT / ".venv-passages" / "bin" / "python"
# A download of some fifty megabytes on a slow line.
_INSTALL_SECONDS: Final = 300


@cache
def application_program() -> tuple[str, ...]:
    """How ``platestream passages`` is run; made ready where it is not yet.

    Raises:
        UnavailableError: It cannot be installed here.
    """
    try:
        done = subprocess.run(
            ["make", "--silent", "passages-environment"],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f".venv-passages: {type(error).__name__}") from error
    if done.returncode != 0:
        raise UnavailableError(f".venv-passages: {done.stderr.strip()[-300:]}")
    return (str(_PYTHON), "-m", "platestream.cli", "passages")
