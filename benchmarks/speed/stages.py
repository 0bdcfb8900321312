"""Where the time of a frame goes: a tree of calls with the processor time spent in each.

Every call of the product's own functions is followed, and every call that they make into native
code (OpenCV, numpy, onnxruntime), so nothing is sampled and native time has a name. The time that
following takes itself is left out, but for a call's own price, below a microsecond. Of what a run
of onnxruntime does, the share of each kind of operator is from its own profile.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import platestream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

_ROOT: Final = str(Path(platestream.__file__).parent)
_NANO: Final = 1e-6


@dataclass(slots=True)
class Node:
    """A call: its name, the milliseconds in it alone, and what it calls."""

    name: str
    own_ms: float = 0.0
    children: dict[str, Node] = field(default_factory=dict)

    def child(self, name: str) -> Node:
        """What it calls by this name."""
        return self.children.setdefault(name, Node(name))

    @property
    def total_ms(self) -> float:
        """Milliseconds in it and in all that it calls."""
        return self.own_ms + sum(child.total_ms for child in self.children.values())

    def pruned(self, least_ms: float) -> Node:
        """The same without calls that take less; their time is their caller's own."""
        kept = Node(self.name, self.own_ms)
        for name, child in self.children.items():
            if child.total_ms >= least_ms:
                kept.children[name] = child.pruned(least_ms)
            else:
                kept.own_ms += child.total_ms
        return kept

    def as_json(self) -> dict[str, Any]:
        """For the results' file."""
        below = [child.as_json() for child in self.children.values()]
        return {"name": self.name, "own_ms": round(self.own_ms, 3), "children": below}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Node:
        """As it was written."""
        children = {one["name"]: cls.from_json(one) for one in value["children"]}
        return cls(value["name"], value["own_ms"], children)


class CallTree:
    """Follows the calls of this thread while a ``with`` block lasts; see the module."""

    def __init__(self, name: str) -> None:
        self.root = Node(name)
        self._stack = [self.root]
        self._last = 0

    def __enter__(self) -> Self:
        self._last = time.thread_time_ns()
        sys.setprofile(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, argument: Any) -> None:
        now = time.thread_time_ns()
        self._stack[-1].own_ms += (now - self._last) * _NANO
        if event == "call":
            code = frame.f_code
            if code.co_filename.startswith(_ROOT) and not code.co_name.startswith("<"):
                self._stack.append(self._stack[-1].child(_name(frame)))
            else:
                # Others' Python, and comprehensions, are part of their caller.
                self._stack.append(self._stack[-1])
        elif event == "c_call":
            self._stack.append(self._stack[-1].child(_native(argument)))
        elif len(self._stack) > 1:
            self._stack.pop()
        self._last = time.thread_time_ns()


def _name(frame: FrameType) -> str:
    name = frame.f_code.co_name
    owner = frame.f_locals.get("self")
    label = getattr(owner, "label", None)
    if name == "run" and isinstance(label, str):
        return label
    return f"{type(owner).__name__}.{name}" if owner is not None else name


def _native(function: Any) -> str:
    name, owner = getattr(function, "__name__", "?"), getattr(function, "__self__", None)
    module = getattr(function, "__module__", None)
    if module is None:
        # OpenCV's functions say neither what module nor what object they are of.
        module = "cv2" if owner is None else type(owner).__name__
    return f"{str(module).split('.')[0]}.{name}"


def follow(name: str, work: Callable[[], object], times: int) -> Node:
    """Return the tree of ``work``, the mean of several times in milliseconds."""
    tree = CallTree(name)
    with tree:
        for _ in range(times):
            work()
    _scale(tree.root, 1 / times)
    return tree.root


def _scale(node: Node, by: float) -> None:
    node.own_ms *= by
    for child in node.children.values():
        _scale(child, by)


def operators(profile: Path) -> dict[str, float]:
    """Share of each kind of operator, 0..1, in a profile that onnxruntime wrote."""
    spent: dict[str, float] = defaultdict(float)
    for event in json.loads(profile.read_text(encoding="utf-8")):
        if event.get("cat") == "Node" and str(event.get("name", "")).endswith("_kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"]
    total = sum(spent.values()) or 1.0
    return {name: value / total for name, value in sorted(spent.items(), key=lambda one: -one[1])}


def with_operators(node: Node, shares: Mapping[str, Mapping[str, float]]) -> None:
    """Divide the time of each model's run by its operators, given by the model's file."""
    found = shares.get(node.name)
    runs = next((child for child in node.children.values() if child.name.endswith(".run")), None)
    if found and runs is not None:
        whole, runs.own_ms = runs.own_ms, 0.0
        for name, share in found.items():
            runs.child(name).own_ms += whole * share
    for child in node.children.values():
        with_operators(child, shares)
