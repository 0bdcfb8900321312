"""All settings of the service as one frozen, validated tree."""

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.registry import RegistrySettings
from platestream.engine.settings import EngineSettings
from platestream.feed.settings import FeedSettings
from platestream.passages.settings import PassageSettings
from platestream.stream.fetch import FetchSettings
from platestream.stream.privacy import PrivacySettings
from platestream.stream.settings import CameraSourceSettings, StreamSettings
from platestream.telemetry.settings import TelemetrySettings
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.cameras.table import CameraTable, key_problem
from platestream.vision.settings import PictureLimits, VisionSettings
from platestream.web.settings import WebSettings

ENV_PREFIX = "PLATESTREAM_"
ENV_DELIMITER = "__"


class Settings(BaseSettings):
    """Every section belongs to the layer that uses it; this only puts them side by side."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
        extra="forbid",
        frozen=True,
    )

    kafka: KafkaSettings = Field(default_factory=KafkaSettings, description="The Kafka interface.")
    registry: RegistrySettings = Field(
        default_factory=RegistrySettings, description="The schema registry, where there is one."
    )
    stream: StreamSettings = Field(
        default_factory=StreamSettings, description="Batching, queues and deadlines."
    )
    vision: VisionSettings = Field(
        default_factory=VisionSettings, description="Model bundle and execution providers."
    )
    cameras: dict[str, CameraSettings] = Field(
        default_factory=dict,
        description="What is particular to a camera, by its id or a pattern such as lot-*: "
        "[CAMERAS.md](CAMERAS.md).",
    )
    camera_source: CameraSourceSettings = Field(
        default_factory=CameraSourceSettings,
        description="Where settings of cameras come from while the service runs.",
    )
    passages: PassageSettings = Field(
        default_factory=PassageSettings,
        description="One event per vehicle: [PASSAGES.md](PASSAGES.md).",
    )
    pictures: PictureLimits = Field(
        default_factory=PictureLimits, description="What a picture may be."
    )
    fetch: FetchSettings = Field(
        default_factory=FetchSettings, description="Fetching of pictures given by URL."
    )
    feed: FeedSettings = Field(
        default_factory=FeedSettings,
        description="Cameras, films and folders as senders of frames: [FEED.md](FEED.md).",
    )
    privacy: PrivacySettings = Field(
        default_factory=PrivacySettings, description="Whether plate numbers leave the process."
    )
    engine: EngineSettings = Field(
        default_factory=EngineSettings,
        description="The application that makes passages and alerts: [PASSAGES.md](PASSAGES.md). "
        "Brokers, security and topic creation are those of kafka.",
    )
    web: WebSettings = Field(
        default_factory=WebSettings, description="The HTTP interface: address, callers and bounds."
    )
    telemetry: TelemetrySettings = Field(
        default_factory=TelemetrySettings, description="Metrics, probes and logs."
    )

    @field_validator("cameras")
    @classmethod
    def _without_contradictions(cls, given: dict[str, CameraSettings]) -> dict[str, CameraSettings]:
        problems = [f"{key[:100]!r}: {why}" for key in given if (why := key_problem(key))]
        problems.extend(CameraTable(given).refused.values())
        if problems:
            raise ValueError("; ".join(problems))
        return given
