"""The tables of ``docs/PERFORMANCE.md``, each from the figures of one part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.tables import table
from benchmarks.speed.stages import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.speed.results import Figures


def about(figures: Figures) -> str:
    """Where, when and by which command a part was measured."""
    it = figures["about"]
    return (
        f"*{it['day']}, commit {it['revision']}, {it['cpu']}, {it['cores']} cores, "
        f"load average {it['load']}: `{it['command']}`*"
    )


def race_table(figures: Figures) -> str:
    """Processor time of each kind of frame, and its ratio to the base of the race."""
    contenders = figures["contenders"]
    base = figures["base"]
    head = ["frame", *(f"{one['name']}, ms" for one in contenders)]
    rivals = [one for one in contenders if one["name"] != base and "plates" in one]
    head += [f"{one['name']} / {base}" for one in rivals]
    floors = [one for one in contenders if "plates" not in one]
    reader = next((one for one in contenders if one["name"] == figures.get("reader")), None)
    if floors and reader:
        head.append("both floors / this build")
    rows = []
    for kind in contenders[0]["ms"]:
        cells = [kind, *(f"{one['ms'][kind]:g}" for one in contenders)]
        for one in rivals:
            middle, least, most = one["ratio"][kind]
            cells.append(f"{middle:.3g} ({least:.3g} to {most:.3g})")
        if floors and reader:
            share = sum(one["ms"][kind] for one in floors) / reader["ms"][kind]
            cells.append(f"{share:.2f}")
        rows.append(cells)
    return table(head, rows)


def process_table(figures: Figures) -> str:
    """Memory, start, and what was found and read of the frames."""
    rows = []
    for one in figures["contenders"]:
        scored = "plates" in one
        rows.append(
            [
                one["name"],
                f"{one['resident_mib']}",
                f"{one['start_s']:g}",
                f"{one['found']} of {one['plates']}" if scored else "–",
                f"{one['read']}" if scored else "–",
                f"{one['false']}" if scored else "–",
            ]
        )
    head = ["", "resident, MiB", "start to ready by the clock, s", "found", "read", "false"]
    return table(head, rows)


def reader_section(figures: Figures) -> str:
    """Floor, reader and earlier builds."""
    bundles = "; ".join(f"{name}: {title}" for name, title in figures["bundles"].items())
    return "\n\n".join(
        (
            f"{_frames(figures)} {bundles}.",
            "![Processor time by kind of frame](performance/reader.svg)",
            race_table(figures),
            process_table(figures),
        )
    )


def peers_section(figures: Figures) -> str:
    """Other readers."""
    return "\n\n".join(
        (
            _frames(figures),
            "![Processor time beside other readers](performance/peers.svg)",
            race_table(figures),
            process_table(figures),
        )
    )


def service_section(figures: Figures) -> str:
    """The service over brokers."""
    loads = list(figures["rows"][0]["latency_ms"])
    head = ["way", "frames/s", "CPU ms", "reading alone, CPU ms", "reading / service"]
    head += [f"p50 / p99 ms at {load}" for load in loads]
    head += ["resident, MiB", "start to ready by the clock, s"]
    rows = []
    for one in figures["rows"]:
        cells = [one["name"], *(f"{one[key]:g}" for key in ("frames_per_second", "cpu_ms"))]
        cells += [f"{one['reading_ms']:g}", f"{one['ratio']:.2f}"]
        cells += ["{} / {}".format(*one["latency_ms"][load]) for load in loads]
        rows.append([*cells, f"{one['resident_mib']}", f"{one['start_s']:g}"])
    seconds = figures["seconds"]
    text = f"Frames: {figures['frames']}, bundle {figures['bundle']}, loads of {seconds:g} s."
    return f"{text}\n\n{table(head, rows)}"


def plan_section(figures: Figures) -> str:
    """The plan beside the measured load."""
    kinds = {"cpu_ms": "CPU ms a frame", "cores_busy": "cores busy"}
    kinds |= {"p50_ms": "p50 ms", "p99_ms": "p99 ms"}
    head = ["cameras of 1 frame/s", "frames/s measured"]
    head += [f"{words}: foretold / measured" for words in kinds.values()]
    rows = [
        [
            str(one["cameras"]),
            f"{one['rate_measured']:g}",
            *("{:g} / {:g}".format(*one[key]) for key in kinds),
        ]
        for one in figures["rows"]
    ]
    text = f"Frames: {figures['frames']}, loads of {figures['seconds']:g} s."
    return f"{text}\n\n{table(head, rows)}"


def spinning_section(figures: Figures) -> str:
    """Spinning threads."""
    loads = list(next(iter(figures["ways"].values())))
    rows = [
        [name, *("{:g} / {:g}".format(*by_load[load]) for load in loads)]
        for name, by_load in figures["ways"].items()
    ]
    head = ["spinning", *(f"CPU / clock ms at {load}" for load in loads)]
    number, rounds, threads = figures["frames"], figures["rounds"], figures["threads"]
    about = f"{number} frames, {rounds} rounds, {threads} threads ({figures['source']})."
    return f"{about}\n\n{table(head, rows)}"


# A stage is named by the functions whose time it is, wherever they are called.
_STAGES: Final = {
    "decoding": ("decode_picture",),
    "detector, first stage": ("Proposer.propose",),
    "detector, second stage": ("Detector.refine",),
    "recognizer": ("Recognizer.recognize",),
}
_SHOWN: Final = ("1080p-0", "1080p-1")


def profile_section(figures: Figures) -> str:
    """Stages by kind of frame, and the icicles of two kinds."""
    rows = []
    for kind, tree in figures["trees"].items():
        whole = Node.from_json(tree)
        parts = [sum(_spent(whole, name) for name in names) for names in _STAGES.values()]
        models = _models(whole)
        cells = [*parts, whole.total_ms - sum(parts), whole.total_ms, models]
        rows.append([kind.replace("-", ", plates: "), *(f"{cell:.1f}" for cell in cells)])
    head = ["frame, ms", *_STAGES, "the rest", "all", "of it in onnxruntime"]
    images = [
        f"![Stages of a {kind} frame](performance/stages-{kind.lower()}.svg)"
        for kind in _SHOWN
        if kind in figures["trees"]
    ]
    others = ", ".join(
        f"[{kind}](performance/stages-{kind.lower()}.svg)"
        for kind in figures["trees"]
        if kind not in _SHOWN
    )
    text = f"Frames: {figures['frames']}, bundle {figures['bundle']}."
    return "\n\n".join((text, table(head, rows), *images, f"The other kinds: {others}."))


def _spent(node: Node, name: str) -> float:
    """Time in the calls of a name, those inside one of them not counted again."""
    if node.name == name:
        return node.total_ms
    return sum(_spent(child, name) for child in node.children.values())


def _models(node: Node) -> float:
    if node.name.endswith(".onnx"):
        return node.total_ms
    return sum(map(_models, node.children.values()))


def _frames(figures: Figures) -> str:
    number, rounds = figures["each"], figures["rounds"]
    return f"Frames: {figures['frames']}, {number} of a kind; counted rounds: {rounds}."


SECTIONS: Final[dict[str, Callable[[Figures], str]]] = {
    "reader": reader_section,
    "profile": profile_section,
    "service": service_section,
    "plan": plan_section,
    "spinning": spinning_section,
    "peers": peers_section,
}
