"""Cameras' memories in the engine's state store, and in ours while we have their partitions.

Quix Streams gives a function the state of its message's key alone, and calls it for messages only.
Cameras that fall silent are ended by the clock, so memories are reached the way its own operators
that are driven by the clock do: by the store and the checkpoint of the processing context. What is
written goes into the transaction of the checkpoint, like everything else.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from platestream.engine.memory import CameraMemory

if TYPE_CHECKING:
    from quixstreams.processing import ProcessingContext

# A camera's id is the prefix of its key: the engine puts a separator and this behind it.
_KEY: Final = b"m"
_ENDING: Final = b"|" + _KEY


@dataclass(slots=True)
class PartitionCameras:
    """The cameras of one partition that sent something lately.

    Attributes:
        store: The engine's own object: another one means that the partition went and came back.
        cameras: By id.
        processed_at: When the service read its newest frame, milliseconds since the epoch: a clock
            that the log itself carries.
        moved: When a message of it was last taken, by the monotonic clock.
    """

    store: Any
    cameras: dict[str, CameraMemory] = field(default_factory=dict)
    processed_at: int = 0
    moved: float = field(default_factory=time.monotonic)


class CameraStates:
    """Memories by partition and camera. Belongs to the thread that runs the application.

    Args:
        context: The engine's.
        stream_id: Of the dataframe that the store is registered for.
        restored: Makes a memory of its kept form.
    """

    def __init__(
        self,
        context: "ProcessingContext",
        stream_id: str,
        restored: Callable[[bytes], CameraMemory],
    ) -> None:
        self._context = context
        self._stream_id = stream_id
        self._restored = restored
        self._partitions: dict[int, PartitionCameras] = {}

    def of(self, partition: int) -> PartitionCameras:
        """The cameras of an assigned partition, read from the store the first time."""
        store = self._stores()[partition]
        known = self._partitions.get(partition)
        if known is None or known.store is not store:
            known = PartitionCameras(store)
            for key, value in store.iter_items(lower_bound=b""):
                if key.endswith(_ENDING):
                    memory = self._restored(value)
                    known.cameras[key.removesuffix(_ENDING).decode()] = memory
                    known.processed_at = max(known.processed_at, memory.processed_at)
            self._partitions[partition] = known
        return known

    def assigned(self) -> Iterator[tuple[int, PartitionCameras]]:
        """All partitions whose state is there; none while any of it is recovered."""
        if self._context.state_manager.recovery_required:
            return
        stores = self._stores()
        for partition in [gone for gone in self._partitions if gone not in stores]:
            del self._partitions[partition]
        for partition in sorted(stores):
            yield partition, self.of(partition)

    def save(self, partition: int, camera_id: str, memory: CameraMemory) -> None:
        """Keep a memory, in the transaction that is under way."""
        self.of(partition).cameras[camera_id] = memory
        self._transaction(partition).set_bytes(_KEY, memory.to_bytes(), camera_id.encode())

    def forget(self, partition: int, camera_id: str) -> None:
        """Keep it no longer, in the transaction that is under way."""
        self.of(partition).cameras.pop(camera_id, None)
        self._transaction(partition).delete(_KEY, camera_id.encode())

    def _stores(self) -> dict[int, Any]:
        store = self._context.state_manager.get_store(
            stream_id=self._stream_id, store_name="default"
        )
        partitions: dict[int, Any] = store.partitions
        return partitions

    def _transaction(self, partition: int) -> Any:
        return self._context.checkpoint.get_store_transaction(
            stream_id=self._stream_id, partition=partition
        )
