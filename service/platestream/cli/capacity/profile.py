"""A machine's profile: what each step of a frame costs on it."""

from importlib import resources
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, Field, ValidationError

from platestream.cli.exits import CliError, ExitCode
from platestream.vision.models.providers import CPU

# A profile is one kilobyte; anything much larger is not one.
_MAX_BYTES: Final = 65_536


class MachineProfile(BaseModel, frozen=True, extra="forbid"):
    """Milliseconds by step, as ``platestream bench --save-profile`` measures them.

    On the CPU provider all of them are processor time of one thread. With an accelerator those of
    the models, ``look_ms``, ``candidate_ms`` and ``plate_ms``, are its time by the clock.
    """

    machine: str = Field(description="The processor, and the accelerator if there is one.")
    measured: str = Field(description="The day.")
    version: str = Field(description="Of Platestream.")
    bundle: str = Field(description="Name and version of the models.")
    precision: str
    provider: str = Field(description="onnxruntime's execution provider.")
    canvases: tuple[tuple[int, int], ...] = Field(description="The detector's, height and width.")
    decode_ms_per_megapixel: float = Field(ge=0)
    look_ms: float = Field(gt=0, description="One look of the detector at a picture or a tile.")
    candidate_ms: float = Field(ge=0, description="A second look at one place.")
    candidates_per_look: float = Field(ge=0, description="Places that are no plates, a look.")
    plate_ms: float = Field(ge=0, description="Reading one plate.")
    frame_ms: float = Field(ge=0, description="What is left of a frame's reading.")
    bus_ms: float = Field(ge=0, description="Consuming a frame and publishing what came of it.")
    bus_ms_per_megabyte: float = Field(ge=0, description="The same, by the picture's size.")
    frame_bytes_per_megapixel: float = Field(gt=0, description="Encoded, of the pictures measured.")
    event_bytes: float = Field(ge=0, description="One plate event on the wire.")
    resident_mib: float = Field(gt=0, description="Memory of a warm service, frames not counted.")

    @property
    def on_cpu(self) -> bool:
        """Whether the models ran on the CPU."""
        return self.provider == CPU

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Read a profile; the packaged one when ``path`` is None.

        Raises:
            CliError: If it cannot be read or is none.
        """
        source = resources.files(__package__) / "default_profile.json" if path is None else path
        try:
            text = source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CliError(f"{path}: {error}", ExitCode.USAGE) from error
        if len(text) > _MAX_BYTES:
            raise CliError(f"{path}: too large for a profile", ExitCode.USAGE)
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            reasons = "; ".join(
                f"{'.'.join(map(str, one['loc'])) or 'profile'}: {one['msg']}"
                for one in error.errors(include_input=False, include_url=False)
            )
            raise CliError(f"{path}: no profile: {reasons}", ExitCode.USAGE) from error
