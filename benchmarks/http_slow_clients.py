"""What slow connections without credentials cost the callers of the HTTP interface.

``python -m benchmarks.http_slow_clients [--slices 4] [--seconds 12] [--connections 200]``

Valid requests with a token go on all the time. In every third slice a crowd of slow connections is
there, too: silent ones, half a head, a head of one byte per second, a head with an
``Authorization`` of no use and no body, and such a head with a body of one byte per second.
Whatever the interface closes is opened again; slices are longer than its patience with a head. They
alternate, so that a ratio holds when the machine's speed drifts; of the two quiet kinds the second
shows what a ratio is without any crowd.
Interface, callers and crowd are processes of their own. Prints JSON; fails where the p99 under the
crowd is more than 1.2 times the quiet one, or where a valid request is refused.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import httpx

from platestream.stream.lanes import Lane
from platestream.stream.pipeline import Pipeline
from platestream.stream.settings import StreamSettings
from platestream.telemetry.health import Health
from platestream.telemetry.logs import configure_logging
from platestream.telemetry.metrics import Metrics
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings
from platestream.web.credentials import hash_token
from platestream.web.interface import HttpInterface
from platestream.web.settings import WebSettings

_PICTURES: Final = Path(__file__).parents[1] / "service/platestream/cli/demo_pictures"
_PATH: Final = "/v2/bench/ocr/license-plate"
_TOKEN: Final = "benchmark"  # noqa: S105 - opens the benchmark's own interface
_BOUND: Final = 1.2
# Between the closing of a slow connection and its successor: twenty times a second is a flood.
_REOPEN_S: Final = 0.05
_HEAD: Final = f"POST {_PATH} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
_STRANGER: Final = f"{_HEAD}Authorization: Basic c3RyYW5nZXI=\r\nTransfer-Encoding: chunked\r\n\r\n"
_DRIP: Final = b"1\r\n \r\n"
# Two quiet ones: how far apart they are is the machine's own noise.
_STATES: Final = ("quiet", "crowd", "quiet again")
# What is sent at once, and what follows, a piece a second.
_FORMS: Final = (
    (b"", b"", 1),
    (_HEAD[:40].encode(), b"", 1),
    (b"", _HEAD.encode(), 1),
    (_STRANGER.encode(), b"", 1),
    (_STRANGER.encode(), _DRIP * 600, len(_DRIP)),
)


# -- the callers' process ------------------------------------------------------------------------


async def call(url: str, bodies: list[bytes], clients: int) -> None:
    """For each line with a number of seconds: valid requests for that long, then their times."""
    headers = {"content-type": "application/json", "x-auth-token": _TOKEN}
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            took: list[float] = []
            refused: list[int] = []
            end = time.perf_counter() + float(line)

            async def client(at: int, end: float, took: list[float], refused: list[int]) -> None:
                while (started := time.perf_counter()) < end:
                    body = bodies[at % len(bodies)]
                    answer = await http.post(_PATH, content=body, headers=headers)
                    took.append(time.perf_counter() - started)
                    if answer.status_code != httpx.codes.OK:
                        refused.append(answer.status_code)
                        await asyncio.sleep(_REOPEN_S)
                    at += clients

            await asyncio.gather(*(client(at, end, took, refused) for at in range(clients)))
            sys.stdout.write(json.dumps({"took": took, "refused": refused}) + "\n")
            sys.stdout.flush()


# -- the crowd's process -------------------------------------------------------------------------


async def crowd(port: int, connections: int) -> None:
    """For each line "on": come, and say so when all are there; for each line "off": leave."""
    loop = asyncio.get_running_loop()
    slow: list[asyncio.Task[None]] = []
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        slow = []
        if line.strip() == "on":
            there = asyncio.Semaphore(0)
            slow = [
                asyncio.create_task(_be_slow(port, *_FORMS[number % len(_FORMS)], there))
                for number in range(connections)
            ]
            for _ in slow:
                await there.acquire()
        sys.stdout.write("done\n")
        sys.stdout.flush()


async def _be_slow(
    port: int, at_once: bytes, later: bytes, step: int, there: asyncio.Semaphore
) -> None:
    """One slow connection after the other."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            there.release()
            drip = asyncio.create_task(_drip(writer, at_once, later, step))
            try:
                while await reader.read(65536):
                    pass
            finally:
                drip.cancel()
                writer.transport.abort()
        await asyncio.sleep(_REOPEN_S)


async def _drip(writer: asyncio.StreamWriter, at_once: bytes, later: bytes, step: int) -> None:
    with contextlib.suppress(OSError):
        writer.write(at_once)
        for at in range(0, len(later), step):
            writer.write(later[at : at + step])
            await writer.drain()
            await asyncio.sleep(1)


# -- the process of the interface ----------------------------------------------------------------


class Told:
    """A process of this module that does something for each line and answers with one."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "benchmarks.http_slow_clients", *map(str, arguments)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101
        self._lines: IO[bytes] = self._process.stdout
        self._orders: IO[bytes] = self._process.stdin

    def do(self, order: object) -> str:
        """Give an order and wait for its answer."""
        self._orders.write(f"{order}\n".encode())
        self._orders.flush()
        return self._lines.readline().decode()

    def close(self) -> None:
        """Let the process end."""
        self._orders.close()
        self._process.wait(60)


def alternate(callers: Told, slow: Told, slices: int, seconds: float) -> dict[str, Any]:
    """Slices in turn, each time in another order; p99s, and their ratios to the quiet one."""
    took: dict[str, list[float]] = {state: [] for state in _STATES}
    refused: list[int] = []
    for number in range(slices):
        first = number % len(_STATES)
        for state in _STATES[first:] + _STATES[:first]:
            slow.do("on" if state == "crowd" else "off")
            report = json.loads(callers.do(seconds))
            took[state] += report["took"]
            refused += report["refused"]
    slow.do("off")
    p99 = {state: statistics.quantiles(times, n=100)[98] for state, times in took.items()}
    p50 = {state: statistics.median(times) for state, times in took.items()}
    return {
        "ratio_p99": round(p99["crowd"] / p99["quiet"], 3),
        "noise_p99": round(p99["quiet again"] / p99["quiet"], 3),
        "ratio_p50": round(p50["crowd"] / p50["quiet"], 3),
        "noise_p50": round(p50["quiet again"] / p50["quiet"], 3),
        "p99_s": {state: round(value, 4) for state, value in p99.items()},
        "requests": {state: len(times) for state, times in took.items()},
        "refused": refused,
    }


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Serve, and let callers and crowd loose on it."""
    configure_logging(level="warning")
    metrics = Metrics()
    reader = PlateReader.from_settings(VisionSettings())
    pipeline = Pipeline(reader, settings=StreamSettings(), limits=PictureLimits(), metrics=metrics)
    pipeline.start()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "credentials.yaml"
        credentials = {"projects": {"bench": {"tokens": [hash_token(_TOKEN)]}}}
        path.write_text(json.dumps(credentials), encoding="utf-8")
        with HttpInterface(
            partial(pipeline.submit, lane=Lane.REQUEST),
            settings=WebSettings(port=0, credentials=path),
            metrics=metrics,
            health=Health(),
            pictures=PictureLimits(),
        ) as interface:
            callers = Told("--call", interface.url, "--clients", arguments.clients)
            slow = Told("--crowd", interface.port, "--connections", arguments.connections)
            callers.do(arguments.seconds)  # warm
            runs = [
                alternate(callers, slow, arguments.slices, arguments.seconds)
                for _ in range(arguments.repeat)
            ]
            callers.close()
            slow.close()
    pipeline.close(30)
    ratio = statistics.median(run["ratio_p99"] for run in runs)
    noise = statistics.median(run["noise_p99"] for run in runs)
    return {
        "ratio_p99": ratio,
        "noise_p99": noise,
        "connections": arguments.connections,
        "runs": runs,
    }


def main() -> None:
    """Measure, or be the callers or the crowd."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--slices", type=int, default=4, help="slices of each kind in one run")
    parser.add_argument("--seconds", type=float, default=12.0, help="length of a slice")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--clients", type=int, default=2, help="valid requests at once")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--call", help=argparse.SUPPRESS)
    parser.add_argument("--crowd", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.call is not None:
        bodies = [
            json.dumps({"image": base64.b64encode(path.read_bytes()).decode()}).encode()
            for path in sorted(_PICTURES.glob("*.jpg"))
        ]
        asyncio.run(call(arguments.call, bodies, arguments.clients))
    elif arguments.crowd is not None:
        asyncio.run(crowd(arguments.crowd, arguments.connections))
    else:
        report = measure(arguments)
        print(json.dumps(report, indent=2))
        if report["ratio_p99"] > _BOUND or any(run["refused"] for run in report["runs"]):
            sys.exit(1)


if __name__ == "__main__":
    main()
