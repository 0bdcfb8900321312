"""Names and options of onnxruntime's execution providers."""

from typing import Final

CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"
TENSORRT: Final = "TensorrtExecutionProvider"
OPENVINO: Final = "OpenVINOExecutionProvider"

_SHORT_NAMES: Final = {
    "cpu": CPU,
    "cuda": CUDA,
    "gpu": CUDA,
    "tensorrt": TENSORRT,
    "openvino": OPENVINO,
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "rocm": "ROCMExecutionProvider",
}

_OUR_OPTIONS: Final[dict[str, dict[str, str]]] = {
    CUDA: {
        # EXHAUSTIVE, the default, times every convolution algorithm anew for each batch shape:
        # seconds per shape, for no steady gain on networks this small.
        "cudnn_conv_algo_search": "HEURISTIC",
        # HEURISTIC may pick an algorithm only if its workspace is allowed.
        "cudnn_conv_use_max_workspace": "1",
        # Grow by what is asked for, not by powers of two: the arena never gives memory back.
        "arena_extend_strategy": "kSameAsRequested",
        # TF32 rounds to 10 bits; results would differ between GPU generations.
        "use_tf32": "0",
    },
    TENSORRT: {
        # Engines take minutes to build; without a cache every start would pay again.
        "trt_engine_cache_enable": "1",
        "trt_timing_cache_enable": "1",
    },
}


def canonical_provider(name: str) -> str:
    """Return onnxruntime's name of an execution provider; short names (``cuda``) are accepted.

    Raises:
        ValueError: if the name is neither a short name nor ends in ``ExecutionProvider``.
    """
    short = _SHORT_NAMES.get(name.lower())
    if short is not None:
        return short
    if not name.endswith("ExecutionProvider"):
        raise ValueError(
            f"{name!r} is no execution provider; short names: {', '.join(sorted(_SHORT_NAMES))}"
        )
    return name


def default_options(provider: str) -> dict[str, str]:
    """Return a copy of the options we set for ``provider`` where the user sets none."""
    return dict(_OUR_OPTIONS.get(provider, {}))


def needs_fixed_shapes(provider: str) -> bool:
    """Return whether a batch size not seen before costs set-up time (all but the CPU)."""
    return provider != CPU


def device_of(provider: str) -> str:
    """Return onnxruntime's name of the memory that a provider's inputs are best laid in."""
    return "cuda" if provider in (CUDA, TENSORRT) else "cpu"
