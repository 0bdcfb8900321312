"""Settings of the Kafka interface."""

from typing import Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from platestream.bus.configuration.failures import (
    DeadLetterSettings,
    RetrySettings,
    StaleFrameSettings,
)
from platestream.bus.configuration.security import (
    CLASSIC_ONLY,
    Scalar,
    SecuritySettings,
    checked_passthrough,
    contradictions,
)
from platestream.bus.configuration.servers import checked_servers
from platestream.contract.schemas import SchemaName

__all__ = [
    "DeadLetterSettings",
    "KafkaSettings",
    "RetrySettings",
    "StaleFrameSettings",
    "TopicSettings",
    "exactly_once",
]


class TopicSettings(BaseModel, frozen=True, extra="forbid"):
    """Names of the topics."""

    frames: str = Field(default="frames", min_length=1, description="Frames to read.")
    plates: str = Field(default="plates", min_length=1, description="One event per plate.")
    failures: str = Field(
        default="frames.failed", min_length=1, description="One record per failed frame."
    )
    results: str | None = Field(
        default=None,
        min_length=1,
        description="One result per frame, whatever its end; off by default.",
    )

    cameras: str | None = Field(
        default=None,
        min_length=1,
        description="Settings of cameras: a compacted topic that is read from its beginning before "
        "frames are, and followed; off by default. Key: id or pattern; value: JSON, as it stands "
        "under cameras.",
    )

    @model_validator(mode="after")
    def _all_different(self) -> Self:
        names = (*self.outputs, *self.inputs)
        if len(set(names)) != len(names):
            raise ValueError("the topics must be different")
        return self

    @property
    def outputs(self) -> tuple[str, ...]:
        """The topics that are written."""
        optional = () if self.results is None else (self.results,)
        return (self.plates, self.failures, *optional)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics that are read."""
        return (self.frames,) if self.cameras is None else (self.frames, self.cameras)

    def by_schema(self) -> dict[SchemaName, str]:
        """The topic of each schema that is in use."""
        topics = {
            SchemaName.FRAME_EVENT: self.frames,
            SchemaName.PLATE_EVENT: self.plates,
            SchemaName.FRAME_FAILURE: self.failures,
        }
        return topics if self.results is None else topics | {SchemaName.FRAME_RESULT: self.results}


class KafkaSettings(BaseModel, frozen=True, extra="forbid"):
    """Cluster, group, topics, deadlines."""

    bootstrap_servers: str = Field(
        default="localhost:9092", min_length=1, description="host:port, comma-separated."
    )
    group_id: str = Field(default="platestream", min_length=1, description="Consumer group.")
    client_id: str = Field(
        default="platestream", min_length=1, description="Name in the brokers' logs and quotas."
    )
    guarantee: Literal["exactly_once", "at_least_once"] = Field(
        default="exactly_once",
        description="How often a frame's events appear to readers of committed records. The "
        "embedded broker keeps no transactions: with it, it is always at_least_once.",
    )
    transactional_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=249,
        description="Name of this replica's transactions, the same after a restart and different "
        "for each replica: of two replicas with the same one, the older ends. Default: "
        "<group_id>-<host name>.",
    )
    # 10 ms: enough for the frames of one batch to travel together. What finishes while a
    # transaction is committed makes the next one, so under load they grow by themselves.
    transaction_linger_ms: int = Field(
        default=10,
        ge=0,
        le=1_000,
        description="How long a transaction gathers frames. Readers of committed records wait for "
        "its end, hence the bound.",
    )
    transaction_max_frames: int = Field(
        default=500, ge=1, le=100_000, description="Frames at which a transaction is committed."
    )
    group_protocol: Literal["classic", "consumer"] = Field(
        default="classic",
        description="How the group is kept: consumer is KIP-848's protocol, which needs Kafka 4.0 "
        "or later and leaves session and assignment to the broker.",
    )
    group_instance_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=249,
        description="Static membership: a name of this replica that stays the same after a "
        "restart. Its partitions wait for it, up to the session time-out, instead of moving.",
    )
    topics: TopicSettings = Field(default_factory=TopicSettings, description="Topic names.")
    security: SecuritySettings = Field(
        default_factory=SecuritySettings, description="TLS and SASL."
    )
    auto_offset_reset: Literal["earliest", "latest", "error"] = Field(
        default="earliest",
        description="Where a group without a committed offset starts. latest skips frames that are "
        "already there. A committed offset that is not kept any more goes on at the first kept "
        "frame under both; error stops the service in either case.",
    )
    create_topics: bool = Field(
        default=False, description="Create topics that are missing; off, that is an error at start."
    )
    new_topic_partitions: int = Field(
        default=8, ge=1, le=10_000, description="Partitions of a topic created here."
    )
    new_topic_replicas: int = Field(
        default=-1,
        ge=-1,
        le=100,
        description="Replicas of a topic created here; -1: as the broker says.",
    )
    include_payload_in_failures: bool = Field(
        default=False,
        description="Keep the frame message's value in its failure record. It doubles the memory "
        "of frames in flight, and pictures are personal data.",
    )
    dead_letters: DeadLetterSettings = Field(
        default_factory=DeadLetterSettings, description="Too many failing frames."
    )
    retries: RetrySettings = Field(
        default_factory=RetrySettings, description="Failures that are not the frame's fault."
    )
    stale_frames: StaleFrameSettings = Field(
        default_factory=StaleFrameSettings, description="Frames that are too old to be of use."
    )
    # Kafka's own default limit for a topic is 1,048,588 bytes for a whole batch of records; a
    # million leaves room for the batch's own head, as librdkafka's default does.
    max_record_bytes: int = Field(
        default=1_000_000,
        ge=16_384,
        le=1_000_000_000,
        description="Largest output record (message.max.bytes). Must not be above the topics' "
        "max.message.bytes.",
    )
    prefetch_kbytes: int = Field(
        default=16_384,
        ge=1,
        le=2_097_151,
        description="Messages that are fetched ahead, KiB (queued.max.messages.kbytes): a "
        "threshold, one fetch more may land on top.",
    )
    commit_interval_ms: int = Field(
        default=1_000,
        ge=10,
        le=600_000,
        description="How often offsets are committed: how much is read again after a crash.",
    )
    lag_interval_seconds: float = Field(
        default=10.0, gt=0, le=3600, description="How often the consumer lag is asked for."
    )
    # 20 s: several batches on a CPU, well inside max.poll.interval.ms (300 s), in which a
    # rebalance callback must return.
    revoke_seconds: float = Field(
        default=20.0,
        gt=0,
        description="How long frames of a partition that is taken away may still be finished and "
        "committed; then they are dropped and its new owner reads them again.",
    )
    # Kubernetes kills after 30 s by default: 20 s to drain and 5 s to close leave it 5 s.
    drain_seconds: float = Field(
        default=20.0, gt=0, description="How long frames in flight may be finished after a stop."
    )
    close_seconds: float = Field(
        default=5.0, gt=0, description="How long leaving the group may take."
    )
    termination_grace_seconds: float | None = Field(
        default=None,
        gt=0,
        description="How long the orchestrator waits before it kills; only checked against the "
        "two deadlines above.",
    )
    start_seconds: float = Field(
        default=30.0, gt=0, description="How long the cluster may take to answer at start."
    )
    liveness_seconds: float = Field(
        default=60.0, gt=0, description="Without a poll for this long the service is unhealthy."
    )
    embedded: bool = Field(
        default=False,
        description="Use a broker inside this process (demo, tests); bootstrap_servers is ignored.",
    )
    consumer: dict[str, Scalar] = Field(
        default_factory=dict, description="librdkafka settings of the consumer, over our own."
    )
    producer: dict[str, Scalar] = Field(
        default_factory=dict, description="librdkafka settings of the producer, over our own."
    )

    @field_validator("consumer", "producer")
    @classmethod
    def _checked_passthrough(cls, given: dict[str, Scalar]) -> dict[str, Scalar]:
        return checked_passthrough(given)

    @field_validator("bootstrap_servers")
    @classmethod
    def _hosts_and_ports(cls, given: str) -> str:
        return checked_servers(given)

    @model_validator(mode="after")
    def _security_without_contradictions(self) -> Self:
        if found := [*contradictions(self.security, self.consumer, self.producer)]:
            raise ValueError("; ".join(found))
        return self

    @model_validator(mode="after")
    def _no_classic_settings_with_the_new_protocol(self) -> Self:
        if self.group_protocol == "consumer":
            for key in CLASSIC_ONLY:
                if key in self.consumer:
                    raise ValueError(
                        f"{key} is the broker's to decide with group_protocol: consumer"
                    )
        return self


def exactly_once(kafka: KafkaSettings) -> bool:
    """Whether frames are delivered in transactions, which the embedded broker does not keep."""
    return kafka.guarantee == "exactly_once" and not kafka.embedded
