"""What can go wrong between us and a schema registry."""

from platestream.bus.errors import BusError


class RegistryError(BusError):
    """The registry cannot be worked with as it stands; somebody has to change something.

    Attributes:
        transient: Whether the same call may work later without anybody changing anything.
    """

    transient = False


class RegistryUnavailableError(RegistryError):
    """The registry gives no usable answer just now. Never the fault of a frame.

    Args:
        message: What happened, and where; no credentials.
        retry_after: Seconds before which another call cannot succeed.
    """

    transient = True

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SchemaNotRegisteredError(RegistryError):
    """One of our schemas is missing from its subject, and the mode forbids registering it."""


class IncompatibleSchemaError(RegistryError):
    """The registry refuses one of our schemas beside what its subject holds already."""


class AnswerTooLargeError(RegistryError):
    """The answer is larger than any schema of frames; it was not read to its end."""
