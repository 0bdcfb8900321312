from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from platestream.vision.models.bundle import BundleError, ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings
from tests.vision.tiny_models import write_bundle
from training.bundle import seen
from training.bundle.quantise import Plan, check, ends, quantised, without_identities
from training.bundle.write import rewrite_bundle

ort = pytest.importorskip("onnxruntime")

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RNG = np.random.default_rng(5)


def weight(name: str, *shape: int) -> TensorProto:
    values = RNG.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
    return numpy_helper.from_array(values.astype(np.float32), name)


def conv(source: str, weights: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Conv", [source, weights], [target], name=target, pads=[1, 1, 1, 1])


def network() -> onnx.ModelProto:
    """Cast, four convolutions; the middle two share a weight, one of them behind an Identity."""
    nodes = [
        helper.make_node("Identity", ["shared"], ["again"]),
        helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["f", "scale"], ["g"]),
        helper.make_node("Transpose", ["g"], ["h"], perm=[0, 3, 1, 2]),
        conv("h", "first", "c1"),
        helper.make_node("Relu", ["c1"], ["r1"]),
        conv("r1", "shared", "c2"),
        helper.make_node("Relu", ["c2"], ["r2"]),
        conv("r2", "again", "c3"),
        helper.make_node("Relu", ["c3"], ["r3"]),
        conv("r3", "last", "y"),
    ]
    weights = [
        weight("first", 16, 3, 3, 3),
        weight("shared", 16, 16, 3, 3),
        weight("last", 2, 16, 3, 3),
        numpy_helper.from_array(np.array(1 / 64, np.float32), "scale"),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", TensorProto.UINT8, ["n", "h", "w", 3])],
        [value("y", TensorProto.FLOAT, None)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 9
    return model


def pictures(count: int) -> list[NDArray[np.uint8]]:
    return [RNG.integers(0, 256, (1, 24, 32 + 8 * (i % 2), 3), np.uint8) for i in range(count)]


def run(model: onnx.ModelProto, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (result,) = session.run(None, {"x": picture})
    return np.asarray(result, np.float32)


def test_the_eight_bit_form_answers_nearly_the_same() -> None:
    model = network()
    small = quantised(model, pictures(8))
    (picture,) = pictures(1)
    ours, theirs = run(model, picture), run(small, picture)
    assert 0 < np.abs(ours - theirs).max() < 0.1 * np.abs(ours).max()


def test_first_and_last_layers_stay_and_no_weight_can_overflow() -> None:
    small = quantised(network(), pictures(4))
    assert ends(network()) == ["c1", "y"]
    assert check(small, kinds=("Conv",), stays=["c1", "y"]) == 2
    weights = [
        numpy_helper.to_array(tensor)
        for tensor in small.graph.initializer
        if tensor.data_type == TensorProto.INT8 and len(tensor.dims) == 4
    ]
    assert len(weights) == 1  # shared still
    assert np.abs(weights[0].astype(int)).max() == 64
    with pytest.raises(ValueError, match="c1 are not constant eight-bit"):
        check(small, kinds=("Conv",), stays=["y"])


def test_a_weight_that_could_overflow_is_refused() -> None:
    small = quantised(network(), pictures(4))
    for tensor in small.graph.initializer:
        if tensor.data_type == TensorProto.INT8 and len(tensor.dims) == 4:
            tensor.raw_data = bytes([65]) + tensor.raw_data[1:]
    with pytest.raises(ValueError, match="outside"):
        check(small, kinds=("Conv",), stays=["c1", "y"])


def test_layers_may_be_kept() -> None:
    small = quantised(network(), pictures(4), Plan(keep=("c2",)))
    assert check(small, kinds=("Conv",), stays=["c1", "c2", "y"]) == 1


def test_identities_go_but_those_that_are_outputs() -> None:
    model = network()
    model.graph.node.append(helper.make_node("Identity", ["y"], ["out"]))
    model.graph.output[0].name = "out"
    resolved = without_identities(model)
    assert [n.output[0] for n in resolved.graph.node if n.op_type == "Identity"] == ["out"]
    assert [n.input[1] for n in resolved.graph.node if n.name == "c3"] == ["shared"]
    (picture,) = pictures(1)
    assert np.array_equal(run(model, picture), run(resolved, picture))


def test_a_bundle_gets_its_eight_bit_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From pictures to a bundle in which each form is verified; the tiny models have no weights."""
    data = tmp_path / "data"
    monkeypatch.setattr(seen, "training_files", lambda _: [])
    head = "file,text,x1,y1,x2,y2,x3,y3,x4,y4,kind,split\n"
    for folder in seen.CROP_FOLDERS:
        (data / folder).mkdir(parents=True)
        (data / folder / "labels.csv").write_text(head + "a.png,A,,,,,,,,,crop,train\n")
        picture = RNG.integers(0, 256, (40, 120, 3), np.uint8)
        cv2.imwrite(str(data / folder / "a.png"), picture)
    path = write_bundle(tmp_path / "tiny")
    with pytest.raises(BundleError, match="no int8"):
        PlateReader(ModelBundle.load(path), settings=VisionSettings(precision="int8"))
    rewrite_bundle(path, changes={}, calibrate=data)
    described = json.loads((path / "manifest.json").read_text())
    assert described["recognizer"]["int8"]["file"] == "recognizer.int8.onnx"
    bundle = ModelBundle.load(path)
    assert bundle.precisions == ("float32", "int8")
    assert "`refiner.int8.onnx`" in (path / "MODEL_CARD.md").read_text(encoding="utf-8")
    (path / "refiner.int8.onnx").write_bytes(b"changed")
    with pytest.raises(BundleError, match="checksum"):
        ModelBundle.load(path)
