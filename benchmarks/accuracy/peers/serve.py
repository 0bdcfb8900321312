"""The peer's side of the protocol: one picture's path in per line, its readings out per line.

Runs in the peer's own environment with nothing but the standard library, so that a peer's
dependencies never meet the product's. Requests are JSON ``{"path": ..., "crop": bool}``, answers
``{"lines": [{"text", "corners", "confidence"}], "ms": float, "wall_ms": float}``, milliseconds of
the processor and of the clock, or ``{"error": text}``. What the peer prints itself goes to standard
error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Lines = list[dict[str, Any]]
Answer = Callable[[str, bool], Lines]


def line(text: str, corners: Any, confidence: float) -> dict[str, Any]:
    """One line of text that was read, with its four corners ``[x, y]`` clockwise."""
    points = [[float(x), float(y)] for x, y in corners]
    return {"text": str(text), "corners": points, "confidence": float(confidence)}


def serve(name: str, answer: Answer) -> None:
    """Answer requests until standard input ends.

    Args:
        name: What the peer calls itself, with its version.
        answer: Reads one picture file.
    """
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    replies.write(json.dumps({"name": name}) + "\n")
    for request in sys.stdin:
        asked = json.loads(request)
        # Processor time of all threads: what else runs on the machine does not count.
        start, wall = time.process_time(), time.perf_counter()
        try:
            lines = answer(asked["path"], asked["crop"])
        except Exception as error:  # noqa: BLE001 - a peer that fails on a picture has missed it
            reply: dict[str, Any] = {"error": type(error).__name__}
        else:
            reply = {
                "lines": lines,
                "ms": (time.process_time() - start) * 1000,
                "wall_ms": (time.perf_counter() - wall) * 1000,
            }
        replies.write(json.dumps(reply, ensure_ascii=False) + "\n")
