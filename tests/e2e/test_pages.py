"""What docs/QUICKSTART.md and docs/CONSUMING.md say is run as it stands, on a real Kafka."""

import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clusters.requirement import skip_or_fail
from tests.docs.snippets import ROOT, blocks
from tests.e2e.service import free_port

TIMEOUT_S = 90.0
SHOWN = "gate-3 新P9844挂 yellow"


@contextmanager
def started(command: str, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the page in a terminal of its own, until the block ends."""
    with output.open("wb") as out:
        process = subprocess.Popen(shlex.split(command), cwd=ROOT, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(output: Path, text: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while text not in output.read_text("utf-8"):
        assert time.monotonic() < deadline, output.read_text("utf-8")[-2000:]
        time.sleep(0.1)


@pytest.fixture(scope="module")
def servers(kafka_servers: str) -> str:
    return kafka_servers


@pytest.fixture(scope="module")
def seen(servers: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the reader shows after the page's commands; those that install are left to `make`."""
    folder = tmp_path_factory.mktemp("quickstart")

    def here(command: str) -> str:
        """The page's command for this machine's Kafka and environment."""
        assert command.startswith(".venv/bin/")
        program, _, rest = command.partition(" ")
        path = Path(sys.executable).with_name(program.removeprefix(".venv/bin/"))
        rest = rest.replace("localhost:9092", servers)
        return f"{path} {rest}"

    (service,) = blocks("docs/QUICKSTART.md", "sh", under="The service")
    (reader,) = blocks("docs/QUICKSTART.md", "sh", under="A reader")
    (sender,) = blocks("docs/QUICKSTART.md", "sh", under="A frame")
    run = here(service.splitlines()[-1]) + f" --set telemetry.port={free_port()}"
    logged, shown = folder / "service.log", folder / "reader.txt"
    with started(run, logged):
        wait_for(logged, '"event": "started"')
        with started(f"{here(reader.strip())} {servers}", shown):
            sent = subprocess.run(
                shlex.split(f"{here(sender.strip())} {servers}"), cwd=ROOT, timeout=60, check=False
            )
            assert sent.returncode == 0
            wait_for(shown, "\n")
            return shown.read_text("utf-8").splitlines()[0]


def test_the_quickstart_shows_the_plate_that_it_promises(seen: str) -> None:
    (promised,) = blocks("docs/QUICKSTART.md", "text")
    assert seen == promised.strip() == SHOWN


def test_the_page_s_reader_is_the_example() -> None:
    (code, *_) = blocks("docs/CONSUMING.md", "python", under="Python")
    example = (ROOT / "docs" / "examples" / "read_plates.py").read_text("utf-8")
    assert example.partition("\n\n")[2] == code


def test_kcat_shows_keys_and_headers(servers: str, seen: str) -> None:
    assert seen
    if shutil.which("kcat") is None:
        skip_or_fail("there is no kcat on the PATH (`make tools` installs it)")
    (command,) = blocks("docs/CONSUMING.md", "sh", under="kcat")
    ran = subprocess.run(
        shlex.split(command.replace("localhost:9092", servers)),
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ran.stdout.startswith("gate-3 schema=io.platestream.v1.PlateEvent,event_id=")
