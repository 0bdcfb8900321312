"""From a message to the future of an outcome: opened, found fresh enough, given to the pipeline."""

from concurrent.futures import Future

from confluent_kafka import Message

from platestream.bus.configuration.failures import StaleFrameSettings
from platestream.bus.flow.messages import (
    UnreadableYetError,
    host_of,
    identify,
    open_message,
    schema_of,
    timestamp_of,
)
from platestream.bus.flow.outages import Outages
from platestream.bus.flow.staleness import stale_outcome
from platestream.bus.registry import RegistryUnavailableError
from platestream.contract.avro import SchemaStore
from platestream.contract.messages import MessageLimits, RejectedFrameError
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline
from platestream.telemetry.tracing import FrameTrace


class Submission:
    """Gives every message an outcome, one day.

    Args:
        pipeline: Reads the frames.
        store: Where Avro schemas are looked up.
        limits: Bounds of a message.
        outages: Told when a schema could be looked up.
        stale: Which frames are too old to be read.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        store: SchemaStore,
        limits: MessageLimits,
        outages: Outages,
        stale: StaleFrameSettings,
    ) -> None:
        self._pipeline = pipeline
        self._store = store
        self._limits = limits
        self._outages = outages
        self._stale = stale

    def submit(
        self, message: Message, trace: FrameTrace | None
    ) -> tuple[Future[FrameOutcome], str | None]:
        """The outcome of what is in ``message``, and what it needs from elsewhere.

        Raises:
            PipelineFullError: If the pipeline takes no more; nothing was taken in.
            ReaderBrokenError: If the reader is broken.
        """
        model = self._pipeline.model
        try:
            frame = open_message(message, self._store, self._limits).traced(trace)
        except RejectedFrameError as rejected:
            frame = rejected.frame.traced(trace)
            return _known(FrameOutcome.failed(frame, rejected.error, model)), None
        except RegistryUnavailableError:
            frame = identify(message, self._limits).traced(trace)
            error = UnreadableYetError()
            return _known(FrameOutcome.failed(frame, error, model)), schema_of(message)
        if self._outages:
            self._outages.worked(schema_of(message))
        # Judged here, so that a frame that had to wait for its host or schema is judged again.
        stale = stale_outcome(frame, timestamp_of(message), self._stale, model)
        if stale is not None:
            return _known(stale), None
        return self._pipeline.submit(frame), host_of(frame)


def _known(outcome: FrameOutcome) -> Future[FrameOutcome]:
    future: Future[FrameOutcome] = Future()
    future.set_result(outcome)
    return future
