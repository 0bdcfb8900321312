"""TensorRT's options: explicit shapes for every bucket, a folder of engines for what matters."""

from pathlib import Path
from typing import Any

import pytest

from platestream.vision.models import session as sessions
from platestream.vision.models.session import ModelSession, ProviderError, SessionOptions
from platestream.vision.models.tensorrt import (
    Shapes,
    cache_options,
    engine_key,
    gpu_name,
    library_versions,
    shape_options,
)
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings

SHAPES = [(32, 384, 640, 3), (32, 640, 384, 3)]


def test_each_canvas_has_a_profile_from_one_picture_to_the_largest_batch() -> None:
    options = shape_options(Shapes("images", tuple(SHAPES)))
    assert options == {
        "trt_profile_min_shapes": "images:1x384x640x3,images:1x640x384x3",
        "trt_profile_opt_shapes": "images:32x384x640x3,images:32x640x384x3",
        "trt_profile_max_shapes": "images:32x384x640x3,images:32x640x384x3",
    }
    assert shape_options(Shapes("images", ())) == {}


def test_engines_have_a_folder_for_each_card_version_model_shapes_and_option() -> None:
    def key(**changes: Any) -> str:
        given: dict[str, Any] = {"model": b"m", "shapes": SHAPES, "options": {}, "gpu": "NVIDIA L4"}
        given |= {"versions": "10.1"} | changes
        return engine_key(
            given["model"],
            given["shapes"],
            given["options"],
            gpu=given["gpu"],
            versions=given["versions"],
        )

    keys = {
        key(),
        key(model=b"n"),
        key(shapes=SHAPES[:1]),
        key(options={"trt_fp16_enable": "1"}),
        key(gpu="NVIDIA A10"),
        key(versions="10.2"),
    }
    assert len(keys) == 6
    assert key() == key()
    assert key().startswith("nvidia-l4-")
    assert "/" not in key(gpu="../../card")


def test_engines_and_timings_are_kept_in_that_folder(tmp_path: Path) -> None:
    options = cache_options(tmp_path, "card-1")
    assert (tmp_path / "card-1").is_dir()
    assert options["trt_engine_cache_path"] == options["trt_timing_cache_path"]
    assert options["trt_engine_cache_enable"] == options["trt_timing_cache_enable"] == "1"


def test_the_card_is_named_by_its_driver(tmp_path: Path) -> None:
    assert gpu_name(tmp_path) == "unknown"
    card = tmp_path / "0000:01:00.0"
    card.mkdir()
    (card / "information").write_text("Model: \t\t NVIDIA L4\nIRQ: 1\n")
    assert gpu_name(tmp_path) == "NVIDIA L4"
    assert library_versions("1.20").endswith("onnxruntime 1.20")


def test_the_reader_gives_tensorrt_the_shapes_of_its_models(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[dict[str, str]] = []

    class Refusing:
        """A runtime that would have TensorRT, and notes what it is asked for."""

        __version__ = "1.99"

        def __init__(self, real: Any) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

        def get_available_providers(self) -> list[str]:
            return ["TensorrtExecutionProvider", "CPUExecutionProvider"]

        def InferenceSession(self, model: bytes, **given: Any) -> Any:  # noqa: N802
            providers = given.pop("providers")
            if isinstance(providers[0], tuple):
                asked.append(providers[0][1])
                raise RuntimeError("no card")  # noqa: TRY004 - what a machine without one says
            return self._real.InferenceSession(model, providers=providers, **given)

    refusing = Refusing(sessions.load_runtime())
    monkeypatch.setattr(sessions, "load_runtime", lambda: refusing)
    settings = VisionSettings(
        providers=("tensorrt",),
        provider_options={"tensorrt": {"trt_fp16_enable": "1"}},
        engine_cache=tmp_path,
        batch_buckets=(1, 8),
    )
    with pytest.raises(ProviderError, match="TensorrtExecutionProvider failed"):
        PlateReader.from_settings(settings)
    (options,) = asked
    assert "images:8x384x640x3" in options["trt_profile_max_shapes"]
    assert options["trt_fp16_enable"] == "1"
    assert Path(options["trt_engine_cache_path"]).parent == tmp_path


def test_a_bound_session_gives_what_an_unbound_one_gives() -> None:
    import numpy as np

    from platestream.vision.models.bundle import ModelBundle
    from platestream.vision.models.session import TensorSpec

    bundle = ModelBundle.load()
    spec = bundle.manifest.recognizer
    inputs = (TensorSpec("crops", "uint8", (None, spec.geometry.height, spec.geometry.width, 3)),)
    outputs = (TensorSpec("chars", "float32", (None, None, None)),)
    plain, bound = (
        ModelSession(
            bundle.models[spec.file],
            inputs=inputs,
            outputs=outputs,
            options=SessionOptions(provider_options={}, threads=1, io_binding=binding),
            label=spec.file,
        )
        for binding in (False, True)
    )
    rng = np.random.default_rng(0)
    kept: list[tuple[Any, Any]] = []
    for count in (1, 4, 1):  # the first shape comes back, with other pictures in its buffers
        crops = rng.integers(
            0, 256, (count, spec.geometry.height, spec.geometry.width, 3), np.uint8
        )
        kept.append((plain.run(crops)[0], bound.run(crops)[0]))
    for expected, answer in kept:  # at the end: no run may change an earlier answer
        np.testing.assert_array_equal(expected, answer)
