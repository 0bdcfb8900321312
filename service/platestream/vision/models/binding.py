"""Runs a session on buffers that stay: no memory is asked for from one batch to the next.

For each thread and each shape of the inputs there is one set of input buffers on the device, bound
once; a run copies its inputs into them. Batches have few sizes and pictures few canvases, so there
are few sets.
"""

import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# More shapes than buckets and canvases make: whoever runs others gets them unbound.
_MOST_SETS: Final = 64


class BoundRuns:
    """Runs ``session`` by IO binding. May be used from several threads at once.

    Args:
        runtime: onnxruntime.
        session: The session.
        inputs: Names of its inputs, in order.
        outputs: Names of the outputs that are wanted, in order.
        device: ``cuda``, or ``cpu``.
    """

    def __init__(
        self,
        runtime: Any,
        session: Any,
        *,
        inputs: Sequence[str],
        outputs: Sequence[str],
        device: str,
    ) -> None:
        self._runtime = runtime
        self._session = session
        self._inputs = tuple(inputs)
        self._outputs = tuple(outputs)
        self._device = device
        self._own = threading.local()

    def run(self, *arrays: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Run the model on its inputs in order and return its outputs in order."""
        key = tuple((array.shape, array.dtype.str) for array in arrays)
        sets = self._own.__dict__.setdefault("sets", {})
        if key not in sets:
            if len(sets) >= _MOST_SETS:
                sets.clear()
            sets[key] = self._bound(arrays)
        binding, buffers = sets[key]
        for array, buffer in zip(arrays, buffers, strict=True):
            buffer.update_inplace(np.ascontiguousarray(array))
        self._session.run_with_iobinding(binding)
        results: list[NDArray[np.float32]] = binding.copy_outputs_to_cpu()
        return results

    def _bound(self, arrays: Sequence[NDArray[np.uint8]]) -> tuple[Any, list[Any]]:
        binding = self._session.io_binding()
        buffers = []
        for name, array in zip(self._inputs, arrays, strict=True):
            buffer = self._runtime.OrtValue.ortvalue_from_numpy(
                np.ascontiguousarray(array), self._device, 0
            )
            binding.bind_ortvalue_input(name, buffer)
            buffers.append(buffer)
        for name in self._outputs:
            # Their shapes may depend on the input's values: onnxruntime makes room.
            binding.bind_output(name, self._device)
        return binding, buffers
