"""Settings of the application that makes passages and alerts of frames' results."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator

from platestream.contract.schemas import SchemaName


class EngineTopicSettings(BaseModel, frozen=True, extra="forbid"):
    """Names of the topics."""

    results: str = Field(
        default="frames.results",
        min_length=1,
        description="Results of frames, as the service writes them with kafka.topics.results.",
    )
    passages: str = Field(default="passages", min_length=1, description="One record per passage.")
    alerts: str = Field(
        default="alerts", min_length=1, description="One record per hotlisted plate and passage."
    )
    hotlist: str = Field(
        default="hotlist",
        min_length=1,
        description="Numbers that are looked out for: a compacted topic, all of which every "
        "replica reads before its first frame, and follows.",
    )

    @model_validator(mode="after")
    def _all_different(self) -> Self:
        names = self.names
        if len(set(names)) != len(names):
            raise ValueError("the topics must be different")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.results, self.passages, self.alerts, self.hotlist)

    def by_schema(self) -> dict[SchemaName, str]:
        """The topic of each schema."""
        return {
            SchemaName.FRAME_RESULT: self.results,
            SchemaName.PASSAGE: self.passages,
            SchemaName.ALERT: self.alerts,
            SchemaName.HOTLIST_ENTRY: self.hotlist,
        }


class EngineSettings(BaseModel, frozen=True, extra="forbid"):
    """Group, topics, state and deadlines of `platestream passages`."""

    group_id: str = Field(
        default="platestream-passages",
        min_length=1,
        description="Consumer group; also in the names of the changelog topics.",
    )
    topics: EngineTopicSettings = Field(
        default_factory=EngineTopicSettings, description="Topic names."
    )
    state_dir: Path = Field(
        default=Path("state"),
        description="Folder of the state, made again from the changelog topics where it is lost.",
    )
    # An alert is seen once its transaction is committed: twice this is most of what the
    # application adds to the time from capture to alert.
    commit_interval_ms: int = Field(
        default=200,
        ge=10,
        le=60_000,
        description="How often passages, alerts, state and offsets are committed together.",
    )
    # Kafka's default is a minute, for which readers of committed records would stand still behind
    # a replica that was killed. A broker that dies is noticed after 9 s, and has a successor after
    # a few more: shorter than that, each such death would end replicas as well.
    transaction_timeout_ms: int = Field(
        default=20_000,
        ge=1_000,
        le=900_000,
        description="How long the open transaction of a replica that died holds up readers. Must "
        "be longer than a commit ever takes.",
    )
    idle_seconds: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="A camera without results for so long has its open passages closed by the "
        "clock. Shorter than the service may stand still, it splits passages.",
    )
    alert_quiet_seconds: float = Field(
        default=60.0,
        ge=0,
        le=86_400,
        description="One alert per entry and camera, until the plate was not seen for so long.",
    )
    near_probability: float = Field(
        default=0.01,
        gt=0,
        le=1,
        description="Least probability of an alert for a number that differs from the listed one "
        "by one confusion of the recognizer.",
    )
