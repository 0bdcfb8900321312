"""What the service tells an orchestrator: whether it may be given work, and whether it lives."""

import time

from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.clients.lag import LagMonitor
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StopOrder
from platestream.stream.pipeline import Pipeline
from platestream.telemetry.health import CheckResult


class Probes:
    """Readiness and liveness. Asked from any thread.

    Args:
        kafka: Deadlines, and the topic's name.
        pipeline: Whose models have to be warm.
        consumer: Polls, and has a place in the group.
        lag: Knows whether the frames topic is there.
        stop: Once given, there is no more work.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        pipeline: Pipeline,
        consumer: FrameConsumer,
        lag: LagMonitor,
        stop: StopOrder,
    ) -> None:
        self._kafka = kafka
        self._pipeline = pipeline
        self._consumer = consumer
        self._lag = lag
        self._stop = stop

    def ready(self) -> CheckResult:
        """Readiness: models warm, a frames topic to read, and a place in the group.

        A replica whose share is empty, because there are more replicas than partitions, is ready:
        it stands by and takes over within a rebalance. Were it not, a rolling update with a surplus
        replica would wait for ever.

        A place that was lost counts until a rejoin has had its time: as long as another member may
        take to let go. Without the topic a new replica would not start either, and a rolling update
        must not take those that do nothing for healthy; when the topic is made anew, it goes on.
        """
        if not self._pipeline.warm:
            return CheckResult(ok=False, detail="the models are not warm")
        if self._stop.given:
            return CheckResult(ok=False, detail="draining")
        if self._lag.topic_gone:
            topic = self._kafka.topics.frames
            return CheckResult(ok=False, detail=f"the topic {topic} is gone")
        if gone := self._lag.outputs_gone:
            return CheckResult(ok=False, detail=f"the topic {', '.join(sorted(gone))} is gone")
        if not self._consumer.membership.held(self._kafka.revoke_seconds):
            return CheckResult(ok=False, detail="no place in the consumer group")
        share = len(self._consumer.assignment.partitions)
        return CheckResult(ok=True, detail=f"{share} partitions assigned")

    def healthy(self) -> CheckResult:
        """Liveness: the loop turns, and no batch is stuck in inference."""
        last_poll = self._consumer.last_poll
        # Before the loop runs, start-up has deadlines of its own: the models take their time, then
        # the brokers may.
        if last_poll is not None:
            silence = time.monotonic() - last_poll
            if silence > self._kafka.liveness_seconds:
                return CheckResult(ok=False, detail=f"no poll for {silence:.0f} s")
        if self._pipeline.stuck:
            return CheckResult(ok=False, detail="a batch is stuck in inference")
        return CheckResult(ok=True)
