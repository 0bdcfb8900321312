"""A real registry of OCI artefacts, Debian's docker-registry, on a free loopback port."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.clusters.process import LoggedProcess, free_port
from tests.clusters.requirement import UnavailableError

# Names the program where it is not on the PATH.
PROGRAM_VARIABLE: Final = "PLATESTREAM_TEST_OCI_REGISTRY"
_START_TIMEOUT_S: Final = 60.0
_CONFIG: Final = """version: 0.1
log: {{accesslog: {{disabled: false}}}}
storage: {{filesystem: {{rootdirectory: {folder}/blobs}}}}
http: {{addr: 127.0.0.1:{port}}}
"""


@contextmanager
def oci_registry(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run one as long as the block lasts.

    Yields:
        Its host and port, and its log.

    Raises:
        UnavailableError: If the program is not there.
    """
    program = os.environ.get(PROGRAM_VARIABLE) or shutil.which("docker-registry")
    if program is None:
        raise UnavailableError(f"docker-registry is not on the PATH ({PROGRAM_VARIABLE})")
    port = free_port()
    config = folder / "config.yml"
    config.write_text(_CONFIG.format(folder=folder, port=port), encoding="utf-8")
    log = folder / "registry.log"
    process = LoggedProcess([program, "serve", str(config)], log)
    process.start()
    try:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not _answers(port):
            if process.code is not None or time.monotonic() > deadline:
                raise UnavailableError(f"docker-registry does not answer: {process.last_words()}")
            time.sleep(0.05)
        yield f"127.0.0.1:{port}", log
    finally:
        process.kill()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v2/", timeout=5).is_success
    except httpx.HTTPError:
        return False
