import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from platestream.stream.settings import StreamSettings
from platestream.vision.detection.proposer import INPUTS, OUTPUTS
from platestream.vision.models import session as session_module
from platestream.vision.models import threads
from platestream.vision.models.bundle import BundleError, ModelBundle
from platestream.vision.models.providers import CPU, CUDA, TENSORRT
from platestream.vision.models.session import (
    ModelSession,
    ProviderError,
    SessionOptions,
    TensorSpec,
    load_runtime,
)
from platestream.vision.reader import PlateReader
from tests.vision import tiny_models

MISSING = "NoSuchExecutionProvider"


def open_session(
    providers: tuple[str, ...] = (CPU,), *, allow_cpu_fallback: bool = False
) -> ModelSession:
    options = SessionOptions(
        providers=providers,
        provider_options={},
        allow_cpu_fallback=allow_cpu_fallback,
        threads=1,
    )
    return ModelSession(
        tiny_models.detector(), inputs=INPUTS, outputs=OUTPUTS, options=options, label="tiny"
    )


def test_the_provider_in_use_is_told() -> None:
    assert open_session().provider == CPU


def test_outputs_come_in_the_order_asked_for() -> None:
    scores, corners = open_session().run(np.zeros((3, 64, 64, 3), np.uint8))
    assert scores.shape == (3, 2)
    assert corners.shape == (3, 2, 4, 2)


def test_a_provider_that_is_not_built_in_is_an_error() -> None:
    with pytest.raises(ProviderError, match=MISSING):
        open_session(providers=(MISSING, CPU))


def test_the_fall_back_has_to_be_allowed() -> None:
    assert open_session(providers=(MISSING,), allow_cpu_fallback=True).provider == CPU


def test_the_reader_has_the_same_rule(tiny_bundle: ModelBundle) -> None:
    with pytest.raises(ProviderError):
        PlateReader(tiny_bundle, providers=[MISSING])
    reader = PlateReader(tiny_bundle, providers=[MISSING], allow_cpu_fallback=True, threads=1)
    assert reader.provider == CPU


class FakeRuntime:
    """onnxruntime with a GPU build whose libraries cannot be loaded: it goes on with the CPU."""

    ExecutionMode = SimpleNamespace(ORT_SEQUENTIAL=0)
    GraphOptimizationLevel = SimpleNamespace(ORT_ENABLE_ALL=99)

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    class SessionOptions(SimpleNamespace):
        def add_session_config_entry(self, key: str, value: str) -> None:
            setattr(self, key, value)

    def get_available_providers(self) -> list[str]:
        return [TENSORRT, CUDA, CPU]

    def InferenceSession(self, _: bytes, *, sess_options: Any, providers: Any) -> Any:  # noqa: N802
        self.asked, self.options = providers, sess_options
        return SimpleNamespace(get_providers=lambda: [CPU], get_inputs=list, get_outputs=list)


def fake_session(runtime: FakeRuntime, options: SessionOptions) -> ModelSession:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_module, "load_runtime", lambda: runtime)
        return ModelSession(b"", inputs=(), outputs=(), options=options, label="fake")


def test_a_silent_fall_back_is_noticed() -> None:
    options = SessionOptions(providers=("cuda",), provider_options={}, threads=1)
    with pytest.raises(ProviderError, match="CUDAExecutionProvider was asked for"):
        fake_session(FakeRuntime(), options)


def test_our_options_stand_behind_the_users() -> None:
    runtime = FakeRuntime()
    options = SessionOptions(
        providers=("cuda",),
        provider_options={"cuda": {"gpu_mem_limit": "1000", "use_tf32": "1"}},
        allow_cpu_fallback=True,
        threads=3,
    )
    assert fake_session(runtime, options).provider == CPU
    assert [name for name, _ in runtime.asked] == [CUDA, CPU]
    given = dict(runtime.asked)[CUDA]
    assert given["cudnn_conv_algo_search"] == "HEURISTIC"
    assert given["gpu_mem_limit"] == "1000"
    assert given["use_tf32"] == "1"
    assert runtime.options.intra_op_num_threads == 3


def test_tensorrt_has_cuda_behind_it() -> None:
    runtime = FakeRuntime()
    options = SessionOptions(providers=("tensorrt",), provider_options={}, allow_cpu_fallback=True)
    fake_session(runtime, options)
    assert [name for name, _ in runtime.asked] == [TENSORRT, CUDA, CPU]


def test_without_onnxruntime_the_extras_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ProviderError, match=r"platestream\[cpu\]"):
        load_runtime()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ((TensorSpec("pictures", "uint8", (None, None, None, 3)),), "no tensor 'pictures'"),
        ((TensorSpec("images", "float32", (None, None, None, 3)),), "not float32"),
        ((TensorSpec("images", "uint8", (None, 3)),), "shape"),
        ((TensorSpec("images", "uint8", (None, None, None, 1)),), "shape"),
        ((TensorSpec("images", "uint8", (None, None, None, None)),), "fixed shape"),
        ((), "more inputs"),
    ],
)
def test_a_model_with_other_inputs_is_refused(inputs: tuple[TensorSpec, ...], message: str) -> None:
    options = SessionOptions(provider_options={}, threads=1)
    with pytest.raises(BundleError, match=message):
        ModelSession(
            tiny_models.detector(), inputs=inputs, outputs=OUTPUTS, options=options, label="tiny"
        )


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "200000 100000\n"}, 2.0),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "50000 100000"}, 0.5),
        ({"cpu.max": "rubbish"}, None),
        ({"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3.0),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({}, None),
    ],
)
def test_the_quota_of_the_container(
    tmp_path: Path, files: dict[str, str], quota: float | None
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert threads.cpu_quota(tmp_path) == quota


def test_threads_are_at_least_one_and_no_more_than_the_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    assert threads.available_cpus(tmp_path) == 8
    (tmp_path / "cpu.max").write_text("250000 100000")
    assert threads.available_cpus(tmp_path) == 2
    (tmp_path / "cpu.max").write_text("10000 100000")
    assert threads.available_cpus(tmp_path) == 1


@pytest.mark.parametrize(
    ("env", "cpus"),
    [
        ({}, 64),
        ({"PLATESTREAM_CPU_REQUEST": "1000"}, 1),
        ({"PLATESTREAM_CPU_REQUEST": "100"}, 1),
        ({"PLATESTREAM_CPU_REQUEST": "2500"}, 3),
        ({"PLATESTREAM_CPU_REQUEST": "1000", "PLATESTREAM_CPU_LIMIT": "2500"}, 2),
        ({"PLATESTREAM_CPU_LIMIT": "200000"}, 64),
        ({"PLATESTREAM_CPU_LIMIT": "0", "PLATESTREAM_CPU_REQUEST": "4000"}, 4),
        ({"PLATESTREAM_CPU_REQUEST": "many"}, 64),
        ({"PLATESTREAM_CPU_REQUEST": ""}, 64),
    ],
)
def test_without_a_quota_what_was_asked_for_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], cpus: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    assert threads.available_cpus(tmp_path, env) == cpus
    (tmp_path / "cpu.max").write_text("600000 100000")
    assert threads.available_cpus(tmp_path, env) == 6, "the quota is what is"


def test_what_was_asked_for_sets_decoders_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr(threads, "cpu_quota", lambda _cgroup: None)
    monkeypatch.setenv("PLATESTREAM_CPU_REQUEST", "1500")
    assert StreamSettings().decode_workers == 2
    assert threads.available_cpus() == 2
