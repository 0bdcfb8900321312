from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import TensorProto, helper, load, numpy_helper, save

from training.recognizer.average import average, main

if TYPE_CHECKING:
    from pathlib import Path


def network(path: Path, weight: float, op: str = "Mul") -> Path:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node(op, ["x", "w"], ["y"])],
        "g",
        [value("x", TensorProto.FLOAT, [2])],
        [value("y", TensorProto.FLOAT, [2])],
        [numpy_helper.from_array(np.array([weight, 1.0], np.float32), "w")],
    )
    save(helper.make_model(graph), str(path))
    path.with_suffix(".json").write_text(f"[{weight}]", encoding="utf-8")
    return path


def test_weights_are_averaged_and_the_last_description_kept(tmp_path: Path) -> None:
    models = [network(tmp_path / f"{weight}.onnx", weight) for weight in (1.0, 4.0)]
    out = tmp_path / "mean.onnx"
    main([*map(str, models), "--out", str(out)])
    (tensor,) = load(str(out)).graph.initializer
    assert numpy_helper.to_array(tensor).tolist() == [2.5, 1.0]
    assert out.with_suffix(".json").read_text(encoding="utf-8") == "[4.0]"


def test_other_networks_are_refused(tmp_path: Path) -> None:
    models = [network(tmp_path / "a.onnx", 1.0), network(tmp_path / "b.onnx", 1.0, "Add")]
    with pytest.raises(ValueError, match="same network"):
        average(models, tmp_path / "mean.onnx")
