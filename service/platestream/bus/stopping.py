"""The order to stop: whether it was given, how urgent it is, and how long frames may still take."""

from typing import Final

_URGENT: Final = 2


class StopOrder:
    """Given once the service drains; given twice it ends at once.

    Takes no lock, so that it may be given in a signal handler.

    Attributes:
        deadline: Until when frames in flight may be finished, by the monotonic clock; infinite
            while the service does not drain.
    """

    def __init__(self) -> None:
        self._times = 0
        self.deadline = float("inf")

    @property
    def given(self) -> bool:
        """Whether the service is to end."""
        return self._times > 0

    @property
    def urgent(self) -> bool:
        """Whether it is to end without waiting for frames."""
        return self._times >= _URGENT

    def give(self) -> None:
        """Give it, or give it again."""
        self._times += 1

    def press(self) -> None:
        """Make it urgent, however often it was given."""
        self._times = max(self._times, _URGENT)
