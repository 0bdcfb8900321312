"""Java and Maven: this machine's, or else the same commands in containers, else nothing.

A container shares the network of the machine and has the folders that a command needs at the same
paths, as the same user, so a server in one looks from outside as if there were no container: it is
reached, and its data are kept, alike. It is signalled by its own name.

The Docker engine itself was never tried: the commands are tested with a stand-in for its client
that runs them without a container (``test_docker.py``).
"""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.clusters.process import LoggedProcess
from tests.clusters.requirement import UnavailableError
from tests.stream.waiting import wait_until

# The official image that has both.
IMAGE: Final = "maven:3.9-eclipse-temurin-21"
# An engine that is there answers at once; one that is not may let its client wait.
_INFO_TIMEOUT_S: Final = 20.0
# Between the client's start and the container's, which cannot be signalled before.
_CONTAINER_TIMEOUT_S: Final = 40.0


@dataclass(frozen=True, slots=True)
class Java:
    """Runs ``java …`` and ``mvn …``.

    Attributes:
        docker: The Docker client, for commands in containers; None for those of this machine.
    """

    docker: str | None = None

    @property
    def cache(self) -> Path:
        """What is fetched once, and readable to every command."""
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "platestream-tests"
        return root if self.docker is None else root / "container"

    def run(
        self, command: Sequence[str], folder: Path, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run ``command`` in ``folder`` to its end, whatever that is."""
        return subprocess.run(
            self._command(command, folder, {}, _new_name()),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def process(
        self, command: Sequence[str], folder: Path, log: Path, env: Mapping[str, str] | None = None
    ) -> LoggedProcess:
        """``command``, to be started in ``folder``, with ``env`` beside the usual environment."""
        extra = dict(env or {})
        if self.docker is None:
            whole = {**os.environ, **extra}
            return LoggedProcess(self._command(command, folder, {}, ""), log, cwd=folder, env=whole)
        name = _new_name()
        return _Container(
            self.docker, name, self._command(command, folder, extra, name), log, folder
        )

    def _command(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str], name: str
    ) -> list[str]:
        program, *arguments = command
        if self.docker is None:
            return [shutil.which(program) or program, *arguments]
        self.cache.mkdir(parents=True, exist_ok=True)  # else it would be made, as root's
        # As the image's own page says for users that it does not know.
        env = {**env, "MAVEN_CONFIG": str(self.cache / ".m2")}
        home = [f"-Duser.home={self.cache}"] if program == "mvn" else []
        return [
            self.docker, "run", "--rm", "--name", name, "--network", "host",
            "--user", f"{os.getuid()}:{os.getgid()}", "--workdir", str(folder),
            *(part for path in (self.cache, folder) for part in ("--volume", f"{path}:{path}")),
            *(part for key, value in env.items() for part in ("--env", f"{key}={value}")),
            IMAGE, program, *home, *arguments,
        ]  # fmt: skip


class _Container(LoggedProcess):
    """The client that waits for a container; signals are for the container."""

    def __init__(
        self, docker: str, name: str, command: Sequence[str], log: Path, folder: Path
    ) -> None:
        super().__init__(command, log, cwd=folder)
        self._docker = docker
        self._name = name

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it is running."""
        command = [self._docker, "kill", "--signal", number.name, self._name]

        def sent() -> bool:
            done = subprocess.run(command, capture_output=True, check=False)
            return done.returncode == 0 or not self.running

        if self.running:
            wait_until(sent, f"the container {self._name}", timeout=_CONTAINER_TIMEOUT_S)


def find_java() -> Java:
    """The Java and Maven of this machine, or else containers.

    Raises:
        UnavailableError: There is neither.
    """
    if shutil.which("java") is not None and shutil.which("mvn") is not None:
        return Java()
    missing = "there is no java and mvn on the PATH"
    if (docker := shutil.which("docker")) is None:
        raise UnavailableError(f"{missing}, and no docker")
    try:
        answer = subprocess.run(
            [docker, "info"], capture_output=True, timeout=_INFO_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{missing}, and Docker does not answer") from None
    if answer.returncode != 0:
        raise UnavailableError(f"{missing}, and no Docker engine is running")
    return Java(docker)


def _new_name() -> str:
    return f"platestream-test-{uuid.uuid4().hex[:12]}"
