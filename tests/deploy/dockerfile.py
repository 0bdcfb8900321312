"""Reads the Dockerfile into stages of instructions."""

import re
from dataclasses import dataclass, field
from typing import Final

from tests.deploy.chart import ROOT

PATH: Final = ROOT / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Stage:
    """One ``FROM`` and what follows it: ``(instruction, arguments)`` in order."""

    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        """The arguments of every such instruction."""
        return [text for name, text in self.instructions if name == instruction]

    def one(self, instruction: str) -> str:
        """The arguments of the only such instruction."""
        (text,) = self.all(instruction)
        return text


def stages() -> dict[str, Stage]:
    """The stages by name, in order."""
    lines = [line for line in PATH.read_text("utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found: dict[str, Stage] = {}
    current: Stage | None = None
    for line in filter(None, map(str.strip, joined.splitlines())):
        instruction, arguments = line.split(maxsplit=1)
        if instruction == "FROM":
            base, _, name = arguments.partition(" AS ")
            current = found[name] = Stage(name, base)
        else:
            assert current is not None
            current.instructions.append((instruction, arguments))
    return found
