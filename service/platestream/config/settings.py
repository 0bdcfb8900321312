"""All settings of the service as one frozen, validated tree."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.registry import RegistrySettings
from platestream.stream.fetch import FetchSettings
from platestream.stream.privacy import PrivacySettings
from platestream.stream.settings import StreamSettings
from platestream.telemetry.settings import TelemetrySettings
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
    pictures: PictureLimits = Field(
        default_factory=PictureLimits, description="What a picture may be."
    )
    fetch: FetchSettings = Field(
        default_factory=FetchSettings, description="Fetching of pictures given by URL."
    )
    privacy: PrivacySettings = Field(
        default_factory=PrivacySettings, description="Whether plate numbers leave the process."
    )
    web: WebSettings = Field(
        default_factory=WebSettings, description="The HTTP interface: address, callers and bounds."
    )
    telemetry: TelemetrySettings = Field(
        default_factory=TelemetrySettings, description="Metrics, probes and logs."
    )
