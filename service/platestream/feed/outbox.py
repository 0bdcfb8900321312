"""What waits to be sent: a bounded queue for each camera, in turn."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition

from platestream.contract.sending import FrameIdentity


@dataclass(frozen=True, slots=True)
class OutgoingFrame:
    """A frame that is ready.

    Attributes:
        identity: Who it is.
        picture: The encoded picture.
        settled: Called once it is on the topic.
    """

    identity: FrameIdentity
    picture: bytes
    settled: Callable[[], None] | None = None


class Outbox:
    """Frames of all cameras, each camera's in its order. May be used from any thread.

    Args:
        size: Most frames of one camera.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        # Cameras with frames, the next to be served first: a fast one does not hold up the others.
        self._waiting: OrderedDict[str, deque[OutgoingFrame]] = OrderedDict()
        self._changed = Condition()
        self._closed = False

    def __len__(self) -> int:
        with self._changed:
            return sum(map(len, self._waiting.values()))

    def put(self, frame: OutgoingFrame, *, wait: bool) -> OutgoingFrame | None:
        """Add a frame.

        Args:
            frame: The frame.
            wait: Wait for room; else the camera's oldest frame makes it.

        Returns:
            The frame that was dropped: the oldest, or this one when the box is closed.
        """
        camera = frame.identity.camera_id
        dropped = None
        with self._changed:
            if wait:
                self._changed.wait_for(
                    lambda: self._closed or len(self._waiting.get(camera, ())) < self._size
                )
            if self._closed:
                return frame
            queue = self._waiting.setdefault(camera, deque())
            if len(queue) >= self._size:
                dropped = queue.popleft()
            queue.append(frame)
            self._changed.notify_all()
        return dropped

    def take(self, seconds: float) -> OutgoingFrame | None:
        """The next frame, waiting so long for one."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._waiting), seconds):
                return None
            camera, queue = self._waiting.popitem(last=False)
            frame = queue.popleft()
            if queue:
                self._waiting[camera] = queue
            self._changed.notify_all()
            return frame

    def close(self) -> None:
        """Take no more; what is in it can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
