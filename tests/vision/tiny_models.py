"""A bundle of hand-written ONNX graphs that really look at the pixels, without any training.

The detector finds at most one red and one green rectangle and gives its corners; the refiner scores
a patch by its middle and moves the corners by what it is made with. The recognizer
cuts a crop into four columns and reads each as a letter by its blue; the background colour is by
red or green; two rows are seen when upper and lower half differ in blue. So pictures with known
answers can be painted, and every step from picture to reading is real.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

UInt8Array = NDArray[np.uint8]

ALPHABET = "京A1港Z"
REFINED = 24, 72
COLORS = ("blue", "green", "black", "white", "yellow", "unknown")
COLUMNS = 4
CANVASES = ((384, 640), (640, 384), (512, 512))
HEIGHT, WIDTH = 48, 168
RED, GREEN = 2, 1
# Blue of the letters: the classes lie evenly in 0..255, class 0 (no blue) being the blank.
_STEP = 255 / len(ALPHABET)


def _constant(name: str, value: Any) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value), name)


class _Graph:
    """Collects nodes; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def const(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(_constant(name, value))
        return name

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        name = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def number(self, value: float) -> str:
        return self.const(np.float32(value))

    def axes(self, *values: int) -> str:
        return self.const(np.array(values, np.int64))

    def model(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> bytes:
        graph = helper.make_graph(
            self.nodes, "tiny", list(inputs), list(outputs), initializer=self.constants
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
        model.ir_version = 9
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content


def detector() -> bytes:
    """Return the detector: ``images`` to ``scores [N, 2]`` and ``corners [N, 2, 4, 2]``."""
    g = _Graph()
    image = g.op("Cast", "images", to=TensorProto.FLOAT)
    quads, scores = [], []
    for color, other, score in ((RED, GREEN, 0.9), (GREEN, RED, 0.7)):
        bright = g.op("Greater", _channel(g, image, color), g.number(170))
        dark = g.op("Less", _channel(g, image, other), g.number(85))
        mask = g.op("Cast", g.op("And", bright, dark), to=TensorProto.FLOAT)
        ones = g.op("Add", g.op("Mul", mask, g.number(0)), g.number(1))
        low, high = [], []
        for axis in (2, 1):
            place = g.op("CumSum", ones, g.const(np.int64(axis)))
            far = g.op("Sub", g.number(5000), place)
            top = g.op("ReduceMax", g.op("Mul", mask, place), g.axes(1, 2), keepdims=0)
            bottom = g.op("ReduceMax", g.op("Mul", mask, far), g.axes(1, 2), keepdims=0)
            # The sum counts from 1; the outer edge of a pixel is half a pixel from its centre.
            high.append(g.op("Sub", top, g.number(0.5)))
            low.append(g.op("Sub", g.number(5000 - 1.5), bottom))
        (left, upper), (right, lower) = low, high
        points = [left, upper, right, upper, right, lower, left, lower]
        flat = g.op("Concat", *[g.op("Unsqueeze", p, g.axes(1)) for p in points], axis=1)
        quads.append(g.op("Reshape", flat, g.axes(0, 1, 4, 2)))
        any_pixel = g.op("ReduceMax", mask, g.axes(1, 2), keepdims=0)
        scores.append(g.op("Unsqueeze", g.op("Mul", any_pixel, g.number(score)), g.axes(1)))
    g.op("Concat", *scores, output="scores", axis=1)
    g.op("Concat", *quads, output="corners", axis=1)
    value = helper.make_tensor_value_info
    return g.model(
        [value("images", TensorProto.UINT8, ["n", "h", "w", 3])],
        [
            value("scores", TensorProto.FLOAT, ["n", "a"]),
            value("corners", TensorProto.FLOAT, ["n", "a", 4, 2]),
        ],
    )


def _channel(g: _Graph, image: str, channel: int) -> str:
    return g.op("Gather", image, g.const(np.int64(channel)), axis=3)


def refiner(move: tuple[float, float] = (0.0, 0.0)) -> bytes:
    """Return the refiner: ``patches`` to ``scores [M]``, 0.9 for red ones, 0.7 for green ones.

    Args:
        move: The correction of every corner, across and along, in plate coordinates.
    """
    g = _Graph()
    image = g.op("Cast", "patches", to=TensorProto.FLOAT)
    middle = g.op("Slice", image, g.axes(11, 34), g.axes(13, 38), g.axes(1, 2))
    means = g.op("ReduceMean", middle, g.axes(1, 2), keepdims=0)
    red, green = (g.op("Gather", means, g.const(np.int64(c)), axis=1) for c in (RED, GREEN))
    is_red = g.op("Greater", red, green)
    g.op("Where", is_red, g.number(0.9), g.number(0.7), output="scores")
    zeros = g.op("Mul", means, g.number(0))
    start = g.op("Slice", zeros, g.axes(0), g.axes(2), g.axes(1))
    corner = g.op("Unsqueeze", g.op("Add", start, g.const(np.array(move, np.float32))), g.axes(1))
    g.op("Concat", corner, corner, corner, corner, output="corrections", axis=1)
    value = helper.make_tensor_value_info
    return g.model(
        [value("patches", TensorProto.UINT8, ["m", *REFINED, 3])],
        [
            value("scores", TensorProto.FLOAT, ["m"]),
            value("corrections", TensorProto.FLOAT, ["m", 4, 2]),
        ],
    )


def recognizer(
    alphabet: str = ALPHABET, *, evidence: bool = False, fails_from: float | None = None
) -> bytes:
    """Return the recognizer: ``crops`` to ``chars``, ``colors`` and ``rows``.

    With ``evidence`` it holds a red crop for a plate (0.75), and for complete (0.75) if it is not.
    With ``fails_from`` it gives no answer, but an error, to a crop with a letter of more blue.
    """
    g = _Graph()
    image = g.op("Cast", "crops", to=TensorProto.FLOAT)
    blue, green, red = (_channel(g, image, c) for c in range(3))
    # Only the middle of each column counts, away from blurred borders between letters.
    columns = g.op("Reshape", blue, g.axes(0, HEIGHT, COLUMNS, WIDTH // COLUMNS))
    middle = g.op("Slice", columns, g.axes(12), g.axes(30), g.axes(3))
    mean = g.op("ReduceMean", middle, g.axes(1, 3), keepdims=0)
    symbol = g.op("Div", g.op("Unsqueeze", mean, g.axes(2)), g.number(_STEP))
    classes = g.const(np.arange(len(alphabet) + 1, dtype=np.float32))
    distance = g.op("Sub", symbol, classes)
    logits = g.op("Mul", g.op("Mul", distance, distance), g.number(-20))
    if fails_from is not None:
        most = g.op("ReduceMax", mean, keepdims=0)
        # There is no second entry.
        entry = g.op("Cast", g.op("Greater", most, g.number(fails_from)), to=TensorProto.INT64)
        logits = g.op("Add", logits, g.op("Gather", g.const(np.zeros(1, np.float32)), entry))
    steps = g.op("Softmax", logits, axis=2)
    # A blank between any two columns, so that equal neighbours stay two letters.
    blank = np.zeros(len(alphabet) + 1, np.float32)
    blank[0] = 1
    gaps = g.op("Add", g.op("Mul", steps, g.number(0)), g.const(blank))
    pairs = g.op("Concat", steps, gaps, axis=2)
    g.op("Reshape", pairs, g.axes(0, 2 * COLUMNS, len(alphabet) + 1), output="chars")

    difference = g.op(
        "Sub",
        g.op("ReduceMean", red, g.axes(1, 2), keepdims=0),
        g.op("ReduceMean", green, g.axes(1, 2), keepdims=0),
    )
    column = g.op("Unsqueeze", g.op("Div", difference, g.number(32)), g.axes(1))
    # Red plates are called yellow, green ones green.
    weights = np.array([0, -1, 0, 0, 1, 0], np.float32)
    g.op("Softmax", g.op("Mul", column, g.const(weights)), output="colors", axis=1)

    upper = g.op("Slice", blue, g.axes(4), g.axes(20), g.axes(1))
    lower = g.op("Slice", blue, g.axes(28), g.axes(44), g.axes(1))
    gap = g.op("Abs", g.op("Sub", _row_means(g, upper), _row_means(g, lower)))
    widest = g.op("ReduceMax", gap, g.axes(1), keepdims=0)
    g.op("Sigmoid", g.op("Sub", widest, g.number(25)), output="rows")
    value = helper.make_tensor_value_info
    outputs = [
        value("chars", TensorProto.FLOAT, ["n", "t", len(alphabet) + 1]),
        value("colors", TensorProto.FLOAT, ["n", len(COLORS)]),
        value("rows", TensorProto.FLOAT, ["n"]),
    ]
    if evidence:
        is_red = g.op("Cast", g.op("Greater", column, g.number(0)), to=TensorProto.FLOAT)
        quarters = g.op("Mul", is_red, g.const(np.array([0.5, -0.5], np.float32)))
        base = g.const(np.array([0.25, 0.75], np.float32))
        g.op("Add", quarters, base, output="evidence")
        outputs.append(value("evidence", TensorProto.FLOAT, ["n", 2]))
    return g.model([value("crops", TensorProto.UINT8, ["n", HEIGHT, WIDTH, 3])], outputs)


def _row_means(g: _Graph, band: str) -> str:
    halves = g.op("Reshape", band, g.axes(0, 16, 2, WIDTH // 2))
    return g.op("ReduceMean", halves, g.axes(1, 3), keepdims=0)


def manifest(models: Mapping[str, bytes]) -> dict[str, Any]:
    """Return a manifest that fits the models, by part."""
    files = {
        part: {"file": f"{part}.onnx", "sha256": hashlib.sha256(content).hexdigest()}
        for part, content in models.items()
    }
    return {
        "schema_version": 2,
        "name": "tiny",
        "version": "0.0.1",
        "created_at": "2026-01-01",
        "licence": "Apache-2.0",
        "detector": {
            **files["detector"],
            "canvases": [list(canvas) for canvas in CANVASES],
            "proposal_threshold": 0.1,
            "score_threshold": 0.45,
            "nms_iou": 0.4,
            "max_plates": 32,
        },
        "refiner": {
            **files["refiner"],
            "height": REFINED[0],
            "width": REFINED[1],
            "margin": [0.25, 0.5],
            "share": 0.5,
        },
        "recognizer": {
            **files["recognizer"],
            "height": HEIGHT,
            "width": WIDTH,
            "alphabet": ALPHABET,
            "colors": list(COLORS),
            "margin": [0.0, 0.0],
            "rows_threshold": 0.5,
            "two_rows": {"upper_end": 0.5, "lower_start": 0.5, "upper_width": WIDTH // 2},
        },
        "calibration": {
            "inputs": ["min_char", "detector"],
            "raw": "product",
            "x": [0.0, 0.5, 1.0],
            "y": [0.0, 0.4, 0.99],
        },
        "training_data": [],
        "metrics": {},
    }


def write_bundle(
    folder: Path,
    *,
    change: Mapping[str, Any] | None = None,
    models: Mapping[str, bytes] | None = None,
) -> Path:
    """Write the bundle into ``folder`` and return it.

    Args:
        folder: Made where it does not exist.
        change: New values by dotted path, such as ``{"detector.nms_iou": 2}``.
        models: Other bytes than the usual for ``detector``, ``refiner`` or ``recognizer``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    usual = {"detector": detector(), "refiner": refiner(), "recognizer": recognizer()}
    contents = {**usual, **(models or {})}
    described = manifest(contents)
    for path, value in (change or {}).items():
        *parents, last = path.split(".")
        part = described
        for name in parents:
            part = part[name]
        part[last] = value
    for name, content in contents.items():
        (folder / f"{name}.onnx").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def paint_plate(
    picture: UInt8Array,
    text: str,
    *,
    at: tuple[int, int],
    size: tuple[int, int] = (168, 48),
    color: int = RED,
    lower: str | None = None,
) -> None:
    """Paint a plate that the tiny models read as ``text`` (four letters; blanks are spaces).

    Args:
        picture: uint8 BGR ``[H, W, 3]``, changed in place.
        text: Four letters; two where ``lower`` gives the second row's two.
        at: Left and upper edge, pixels.
        size: Width and height, pixels.
        color: ``RED`` or ``GREEN``.
        lower: The second row of a two-row plate.
    """
    left, top = at
    width, height = size
    rows = [text] if lower is None else [text, lower]
    for number, row in enumerate(rows):
        y0, y1 = top + height * number // len(rows), top + height * (number + 1) // len(rows)
        for index, letter in enumerate(row):
            x0 = left + width * index // len(row)
            x1 = left + width * (index + 1) // len(row)
            picture[y0:y1, x0:x1] = 0
            picture[y0:y1, x0:x1, color] = 255
            symbol = 0 if letter == " " else ALPHABET.index(letter) + 1
            picture[y0:y1, x0:x1, 0] = round(symbol * _STEP)


def scene(height: int = 480, width: int = 640) -> UInt8Array:
    """Return a grey picture without a plate."""
    return np.full((height, width, 3), 120, np.uint8)
