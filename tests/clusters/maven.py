"""Java class paths from Maven, resolved once and remembered until the coordinates change."""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.clusters.java import Java
from tests.clusters.requirement import UnavailableError

# A cold resolution fetches about 45 jars (130 MB for Kafka).
_RESOLVE_TIMEOUT_S = 300


def class_path(java: Java, name: str, coordinates: Sequence[str]) -> str:
    """The runtime class path of Maven ``coordinates`` (``group:artifact:version``) for ``java``.

    Raises:
        UnavailableError: Where the artifacts cannot be resolved.
    """
    digest = hashlib.sha256("\n".join(coordinates).encode()).hexdigest()[:12]
    folder = java.cache / f"{name}-{digest}"
    remembered = folder / "class-path.txt"
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder):
        return _resolved(java, folder, remembered, name, coordinates)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one process at a time fill ``folder``: test processes run side by side."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _resolved(
    java: Java, folder: Path, remembered: Path, name: str, coordinates: Sequence[str]
) -> str:
    if remembered.exists():
        path = remembered.read_text()
        if all(Path(jar).exists() for jar in path.split(os.pathsep)):
            return path
    (folder / "pom.xml").write_text(_pom(name, coordinates), encoding="utf-8")
    command = ["mvn", "-q", "-B", "dependency:build-classpath", "-Dmdep.outputFile=class-path.tmp"]
    done = java.run(command, folder, _RESOLVE_TIMEOUT_S)
    if done.returncode != 0:
        raise UnavailableError(f"Maven could not resolve {name}: {done.stdout[-400:].strip()}")
    (folder / "class-path.tmp").rename(remembered)
    return remembered.read_text()


def _pom(name: str, coordinates: Sequence[str]) -> str:
    dependencies = "".join(
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>"
        "</dependency>".format(*coordinate.split(":"))
        for coordinate in coordinates
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"<groupId>io.platestream.tests</groupId><artifactId>{name}</artifactId>"
        f"<version>1</version><dependencies>{dependencies}</dependencies></project>"
    )
