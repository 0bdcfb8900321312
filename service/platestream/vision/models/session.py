"""onnxruntime sessions that run where they were asked to run, or say why not."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from platestream.vision.models import tensorrt
from platestream.vision.models.binding import BoundRuns
from platestream.vision.models.bundle import BundleError
from platestream.vision.models.providers import (
    CPU,
    CUDA,
    TENSORRT,
    canonical_provider,
    default_options,
    device_of,
)
from platestream.vision.models.threads import available_cpus

_ERRORS_ONLY: Final = 3
_ELEMENT_TYPES: Final = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}


class ProviderError(RuntimeError):
    """onnxruntime or the execution provider asked for cannot be used."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, element type and shape of a model's input or output; None is a free dimension."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """Where and how a model runs; see ``VisionSettings`` for the meaning of the fields."""

    providers: Sequence[str] = (CPU,)
    provider_options: Mapping[str, Mapping[str, str]]
    allow_cpu_fallback: bool = False
    threads: int | None = None
    io_binding: bool = False
    engine_cache: Path | None = None


class ModelSession:
    """One model on one execution provider. ``run`` may be called from several threads at once.

    Args:
        model: The ONNX file's bytes.
        inputs: What the model must take, in order.
        outputs: What the model must give, in order.
        options: Where it is to run.
        label: What to call the model in errors.
        largest: Shapes of the first input that it will be run on, the largest batch first in each:
            what TensorRT compiles for.

    Raises:
        ProviderError: if onnxruntime is not installed, or the first provider is not in use after
            all and a fall-back is not allowed.
        BundleError: if onnxruntime cannot load the model or it has other inputs or outputs.
    """

    def __init__(
        self,
        model: bytes,
        *,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        options: SessionOptions,
        label: str,
        largest: Sequence[tuple[int, ...]] = (),
    ) -> None:
        self.label = label
        runtime = load_runtime()
        providers = _usable_providers(runtime, options)
        given = {name: _merged(name, options) for name in providers}
        if TENSORRT in given:
            runtime_version = str(getattr(runtime, "__version__", "unknown"))
            shapes = tensorrt.Shapes(inputs[0].name if inputs else "", tuple(largest))
            given[TENSORRT] = tensorrt.options_of(
                model, shapes, given[TENSORRT], options.engine_cache, runtime_version
            )
        try:
            self._session = runtime.InferenceSession(
                model,
                sess_options=_session_options(runtime, options.threads),
                providers=[(name, given[name]) for name in providers],
            )
        except Exception as error:
            # onnxruntime has no common base class for its errors.
            if providers[0] != CPU and not _loads_on_cpu(runtime, model):
                raise BundleError(f"{label}: onnxruntime cannot load it: {error}") from error
            if providers[0] != CPU:
                raise ProviderError(f"{label}: {providers[0]} failed: {error}") from error
            raise BundleError(f"{label}: onnxruntime cannot load it: {error}") from error
        self.provider: str = self._session.get_providers()[0]
        wanted = canonical_provider(options.providers[0])
        if self.provider != wanted and not options.allow_cpu_fallback:
            raise ProviderError(
                f"{label}: {wanted} was asked for but onnxruntime chose {self.provider}; "
                "its libraries (CUDA, cuDNN, TensorRT) are probably missing"
            )
        _check_inputs(self._session.get_inputs(), inputs, label)
        _check_outputs(self._session.get_outputs(), outputs, label)
        self._input_names = [spec.name for spec in inputs]
        self._output_names = [spec.name for spec in outputs]
        self._bound = (
            BoundRuns(
                runtime,
                self._session,
                inputs=self._input_names,
                outputs=self._output_names,
                device=device_of(self.provider),
            )
            if options.io_binding
            else None
        )

    def run(self, *arrays: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Run the model on its inputs in order and return its outputs in order."""
        if self._bound is not None:
            return self._bound.run(*arrays)
        feed = dict(zip(self._input_names, arrays, strict=True))
        results: list[NDArray[np.float32]] = self._session.run(self._output_names, feed)
        return results


def load_runtime() -> Any:
    """Import onnxruntime.

    Raises:
        ProviderError: if it is not installed, naming the extras that bring it.
    """
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ProviderError(
            "onnxruntime is not installed: install 'platestream[cpu]' or 'platestream[gpu]', "
            "never both"
        ) from error


def _usable_providers(runtime: Any, options: SessionOptions) -> list[str]:
    """Return the providers to give to onnxruntime, or say that the first one is not built in."""
    built_in = runtime.get_available_providers()
    wanted = list(dict.fromkeys(canonical_provider(name) for name in options.providers))
    if wanted[0] not in built_in and not options.allow_cpu_fallback:
        raise ProviderError(
            f"this onnxruntime has no {wanted[0]} (it has {', '.join(built_in)}); "
            "the extra [gpu] brings CUDA and TensorRT, [cpu] the CPU"
        )
    if TENSORRT in wanted and CUDA not in wanted:
        # What TensorRT cannot compile is to run on the same GPU, not to go back and forth.
        wanted.insert(wanted.index(TENSORRT) + 1, CUDA)
    usable = [name for name in wanted if name in built_in]
    # Operators that the provider lacks, such as shape arithmetic, always need the CPU behind it.
    return usable if CPU in usable else [*usable, CPU]


def _session_options(runtime: Any, threads: int | None) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads if threads is not None else available_cpus()
    options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Spinning threads between batches would burn the quota that decoding needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _ERRORS_ONLY
    return options


def _merged(provider: str, options: SessionOptions) -> dict[str, str]:
    theirs = {
        key: value
        for name, values in options.provider_options.items()
        if canonical_provider(name) == provider
        for key, value in values.items()
    }
    return default_options(provider) | theirs


def _loads_on_cpu(runtime: Any, model: bytes) -> bool:
    try:
        runtime.InferenceSession(model, providers=[CPU])
    except Exception:  # noqa: BLE001 - any failure means the model, not the provider, is at fault
        return False
    return True


def _check_inputs(actual: Sequence[Any], expected: Sequence[TensorSpec], label: str) -> None:
    _check_outputs(actual, expected, label)
    extra = {tensor.name for tensor in actual} - {spec.name for spec in expected}
    if extra:
        raise BundleError(f"{label}: the model wants more inputs: {', '.join(sorted(extra))}")
    shapes = {tensor.name: tensor.shape for tensor in actual}
    for spec in expected:
        for side, wanted in zip(shapes[spec.name], spec.shape, strict=True):
            if wanted is None and isinstance(side, int):
                raise BundleError(
                    f"{label}: {spec.name!r} has the fixed shape {shapes[spec.name]} "
                    f"where {_shown(spec)} is needed"
                )


def _check_outputs(actual: Sequence[Any], expected: Sequence[TensorSpec], label: str) -> None:
    """Check names, types and shapes; further outputs are of no concern."""
    by_name = {tensor.name: tensor for tensor in actual}
    for spec in expected:
        tensor = by_name.get(spec.name)
        if tensor is None:
            raise BundleError(f"{label}: the model has no tensor {spec.name!r}")
        if tensor.type != _ELEMENT_TYPES[spec.dtype]:
            raise BundleError(f"{label}: {spec.name!r} is {tensor.type}, not {spec.dtype}")
        if not _shape_fits(tensor.shape, spec.shape):
            raise BundleError(
                f"{label}: {spec.name!r} has shape {tensor.shape}, not {_shown(spec)}"
            )


def _shape_fits(actual: Sequence[Any], expected: Sequence[int | None]) -> bool:
    """Return whether the ranks agree and no side contradicts; the model may leave any side free."""
    return len(actual) == len(expected) and all(
        wanted is None or not isinstance(side, int) or side == wanted
        for side, wanted in zip(actual, expected, strict=True)
    )


def _shown(spec: TensorSpec) -> str:
    return f"[{', '.join('any' if side is None else str(side) for side in spec.shape)}]"
