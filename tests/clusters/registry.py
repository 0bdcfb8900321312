"""A real schema registry with the Confluent-compatible API, on a free loopback port.

Order of choice: an existing registry named by ``PLATESTREAM_TEST_REGISTRY`` (the base URL of that
API); else Apicurio Registry by Java and Maven, kept in memory; else the same in a container
(:mod:`~tests.clusters.java`); else :class:`UnavailableError` with the reason. The process is
stopped by its own pid, the container by its own name.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx

from tests.clusters.java import Java, find_java
from tests.clusters.maven import one_at_a_time
from tests.clusters.process import free_port
from tests.clusters.requirement import UnavailableError

EXISTING_REGISTRY_VARIABLE = "PLATESTREAM_TEST_REGISTRY"
REGISTRY_VERSION = "3.0.9"
_ARTIFACT = f"io.apicurio:apicurio-registry-app:{REGISTRY_VERSION}:tar.gz:all"
_API = "/apis/ccompat/v7"
# A cold resolution fetches one archive of 105 MB.
_RESOLVE_TIMEOUT_S = 300
# It starts in about five seconds on two idle cores.
_START_TIMEOUT_S = 90.0


def _runner(java: Java) -> Path:
    """The program, unpacked once into the cache."""
    root = java.cache
    folder = root / f"apicurio-registry-{REGISTRY_VERSION}"
    jar = folder / f"apicurio-registry-app-{REGISTRY_VERSION}-runner.jar"
    root.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(root):
        return jar if jar.exists() else _unpacked(java, root, folder, jar)


def _unpacked(java: Java, root: Path, folder: Path, jar: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=root) as unpacked:
        done = java.run(
            ["mvn", "-q", "-B", "dependency:unpack", f"-Dartifact={_ARTIFACT}",
             f"-DoutputDirectory={unpacked}/registry"],
            Path(unpacked),
            _RESOLVE_TIMEOUT_S,
        )  # fmt: skip
        if done.returncode != 0:
            raise UnavailableError(f"Maven could not resolve it: {done.stdout[-400:].strip()}")
        Path(unpacked, "registry").rename(folder)
    return jar


class RegistryServer:
    """One registry process for as long as the ``with`` block lasts; its schemas are in memory."""

    def __init__(self) -> None:
        java = find_java()
        jar = _runner(java)
        self._folder = tempfile.TemporaryDirectory(prefix="registry-")
        self._port = free_port()
        folder = Path(self._folder.name)
        self._process = java.process(
            # The quick compiler only: registries of tests live for seconds, not days.
            ["java", "-Xmx400m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(jar)],
            folder,
            folder / "registry.log",
            env={"QUARKUS_HTTP_HOST": "127.0.0.1", "QUARKUS_HTTP_PORT": str(self._port)},
        )  # fmt: skip

    @property
    def url(self) -> str:
        """Base URL of the Confluent-compatible API."""
        return f"http://127.0.0.1:{self._port}{_API}"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._folder.cleanup()

    def start(self) -> None:
        """Start it, empty, and wait until it answers.

        Raises:
            RuntimeError: It ended; with the end of its log.
            TimeoutError: It does not answer; with the end of its log.
        """
        self._process.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        with httpx.Client(trust_env=False, timeout=5.0) as http:
            while time.monotonic() < deadline:
                if not self._process.running:
                    raise RuntimeError(f"the registry ended:\n{self._process.last_words()}")
                try:
                    if http.get(f"{self.url}/subjects").is_success:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.1)  # it offers nothing to wait on
        raise TimeoutError(f"the registry did not start:\n{self._process.last_words()}")

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process.running

    def kill(self) -> None:
        """SIGKILL, as when a machine dies; what it held is gone."""
        self._process.kill()


@contextmanager
def real_registry() -> Iterator[str]:
    """Base URL of a real registry: the one named by the environment, or a fresh one.

    Raises:
        UnavailableError: Where there is neither.
    """
    if named := os.environ.get(EXISTING_REGISTRY_VARIABLE):
        yield named
        return
    with RegistryServer() as server:
        yield server.url
