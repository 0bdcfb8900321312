"""Platestream: a licence plate reader that lives on Apache Kafka, and a library.

What is named here is the library's interface, as in ``from platestream import PlateReader``; all
below it may change between releases. A name is loaded when it is first used, so that ``import
platestream`` costs nothing.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from platestream.contract.errors import ErrorCode, FrameError
    from platestream.contract.readings import ModelRef, PlateColor, PlateReading
    from platestream.library import Answer, Picture, PlateReader
    from platestream.vision.cameras.settings import CameraSettings
    from platestream.vision.models.bundle import BundleError
    from platestream.vision.models.session import ProviderError
    from platestream.vision.settings import PictureLimits, VisionSettings

    __version__: str

__all__ = [
    "Answer",
    "BundleError",
    "CameraSettings",
    "ErrorCode",
    "FrameError",
    "ModelRef",
    "Picture",
    "PictureLimits",
    "PlateColor",
    "PlateReader",
    "PlateReading",
    "ProviderError",
    "VisionSettings",
    "__version__",
]

_HOMES: Final = {
    "Answer": "library",
    "BundleError": "vision.models.bundle",
    "CameraSettings": "vision.cameras.settings",
    "ErrorCode": "contract.errors",
    "FrameError": "contract.errors",
    "ModelRef": "contract.readings",
    "Picture": "library",
    "PictureLimits": "vision.settings",
    "PlateColor": "contract.readings",
    "PlateReader": "library",
    "PlateReading": "contract.readings",
    "ProviderError": "vision.models.session",
    "VisionSettings": "vision.settings",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("platestream")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0.0.0"
