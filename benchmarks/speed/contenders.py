"""What is measured side by side, each in a process that stands still when it is not asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks.accuracy.peers.client import Peer, PeerSpec, as_reading
from benchmarks.accuracy.peers.conversation import Conversation
from platestream.cli.evaluate.outcomes import PictureOutcome, judge, unreadable

if TYPE_CHECKING:
    from benchmarks.speed.builds import Build
    from platestream.cli.evaluate.labels import LabelledPicture

_WORKER: Final = Path(__file__).with_name("worker.py")
FLOOR_DECODE: Final = "floor: decoding alone"
FLOOR_SESSIONS: Final = "floor: sessions alone"


@dataclass(slots=True)
class Contender:
    """A way of spending time on a frame: our worker in some build, or another reader.

    Attributes:
        name: In the tables.
        conversation: The process that is asked.
        peer: The other reader whose answers need its own rules; None for ours.
        reads: Whether it gives readings.
        start_s: From the start to ready, by the clock.
    """

    name: str
    conversation: Conversation
    start_s: float
    peer: Peer | None = None
    reads: bool = True
    outcomes: list[PictureOutcome] = field(default_factory=list)

    @classmethod
    def worker(cls, name: str, build: Build, mode: str, *, threads: int = 1) -> Self:
        """Start our worker in a build."""
        started = time.perf_counter()
        command = [str(build.python), str(_WORKER), mode, "--threads", str(threads)]
        conversation = Conversation(command, name=name)
        return cls(name, conversation, time.perf_counter() - started, reads=mode == "read")

    @classmethod
    def other(cls, spec: PeerSpec, python: Path) -> Self:
        """Start another reader."""
        started = time.perf_counter()
        peer = Peer(spec, python)
        return cls(peer.title, peer.conversation, time.perf_counter() - started, peer=peer)

    def ask(self, picture: LabelledPicture) -> dict[str, Any]:
        """Spend the time once; the answer has ``ms`` of the processor and ``wall_ms``.

        Raises:
            RuntimeError: If it cannot.
        """
        answer = self.conversation.ask({"path": str(picture.path.resolve()), "crop": False})
        if "ms" not in answer:
            raise RuntimeError(f"{self.name}: {picture.path.name}: {answer.get('error')}")
        return answer

    def judged(self, picture: LabelledPicture, answer: dict[str, Any]) -> PictureOutcome:
        """Hold an answer against the labels."""
        if self.peer is not None:
            return self.peer.judged(picture, answer)
        if "error" in answer:
            return unreadable(picture, str(answer["error"]))
        readings = [
            as_reading(one["text"], one["corners"], one["confidence"]) for one in answer["lines"]
        ]
        return judge(picture, (1, 1), readings, float(answer["ms"]))

    @property
    def resident_mib(self) -> float:
        """Memory that its process holds now, MiB."""
        return status_mib(self.conversation.pid, "VmRSS")

    def close(self) -> None:
        """End its process."""
        self.conversation.close()


def status_mib(pid: int, key: str) -> float:
    """A line of ``/proc/PID/status`` that is in kB, such as ``VmRSS`` or ``VmHWM``, as MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise KeyError(key)
